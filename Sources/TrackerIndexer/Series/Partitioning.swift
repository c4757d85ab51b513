extension RandomAccessCollection where Index == Int {
    /// Binary search: the first index whose element satisfies the condition.
    /// - Precondition: elements that satisfy it come after all that do not.
    package func partitioningIndex(where isBeyond: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
