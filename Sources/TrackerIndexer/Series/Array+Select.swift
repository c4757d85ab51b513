extension Array {
    /// Quickselect: moves the `count` elements that come first to the front, and the next one to
    /// index `count`; otherwise the order is unspecified. Linear time.
    /// - Parameters:
    ///   - count: less than the number of elements.
    ///   - precedes: a strict order in which no two elements are equal.
    mutating func select(_ count: Int, by precedes: (Element, Element) -> Bool) {
        var range = startIndex..<endIndex
        // A round halves the range on average. Input made so that rounds remove little is sorted
        // once the rounds are used up: never quadratic.
        let mostRounds = 2 * (Int.bitWidth - self.count.leadingZeroBitCount)
        for _ in 0..<mostRounds where range.count > Self.fewToSort {
            let first = range.lowerBound
            swapAt(first, medianOfThree(range, by: precedes))
            let pivot = self[first]
            let behind = self[(first + 1)..<range.upperBound].partition { !precedes($0, pivot) }
            let pivotIndex = behind - 1
            swapAt(first, pivotIndex)
            if count == pivotIndex { return }
            range = count < pivotIndex ? first..<pivotIndex : behind..<range.upperBound
        }
        self[range].sort(by: precedes)
    }

    /// Sorting this few costs less than another partition.
    private static var fewToSort: Int { 16 }

    private func medianOfThree(
        _ range: Range<Int>, by precedes: (Element, Element) -> Bool
    ) -> Int {
        let (a, b, c) = (range.lowerBound, range.lowerBound + range.count / 2, range.upperBound - 1)
        if precedes(self[a], self[b]) {
            return precedes(self[b], self[c]) ? b : precedes(self[a], self[c]) ? c : a
        }
        return precedes(self[a], self[c]) ? a : precedes(self[b], self[c]) ? c : b
    }
}
