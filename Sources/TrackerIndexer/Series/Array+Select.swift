extension Array {
    /// Puts the `count` elements that come first before all others, and behind them the one that
    /// comes next; each part in no order. Takes time in proportion to the elements, where sorting
    /// them all would be more.
    /// - Parameters:
    ///   - count: less than there are elements.
    ///   - precedes: a strict order in which no two elements are equal.
    mutating func select(_ count: Int, by precedes: (Element, Element) -> Bool) {
        var range = startIndex..<endIndex
        // Each round takes away a part of the range, half of it as a rule. Who chooses elements so
        // that rounds take away little gets them sorted instead.
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

    /// Sorting so few costs less than parting them again.
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
