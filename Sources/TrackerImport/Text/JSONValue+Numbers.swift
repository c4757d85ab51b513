import TrackerLog

extension JSONValue {
    /// A finite number, also one that is written as a text: tools write 64-bit counts so.
    package var number: Double? {
        if let text = stringValue { return DecimalText.number(text.trimmedBlanks) }
        return doubleValue.flatMap { $0.isFinite ? $0 : nil }
    }

    /// The digits of a number as they are written.
    package var numberText: String? {
        guard case .number(let text) = self else { return nil }
        return text
    }

    /// A whole number, also one that is written as a text.
    package var wholeNumber: Int? {
        if let text = stringValue { return DecimalText.whole(text.trimmedBlanks) }
        return intValue
    }

    /// The whole numbers of an object by their names, in its order. None where one cannot be: it
    /// would be missing in what they are together.
    package var counts: [(name: String, count: Int)] {
        let members = objectValue ?? []
        let areCounts = members.allSatisfy { member in
            switch member.value {
            case .number, .string:
                (0...ImportLimits.maxCount).contains(member.value.number ?? -1)
            default: true
            }
        }
        guard areCounts else { return [] }
        return members.compactMap { member in
            member.value.wholeNumber.map { (name: member.key, count: $0) }
        }
    }
}

extension Sequence where Element == (name: String, count: Int) {
    /// All of them together.
    var total: Int { reduce(0) { $0.plus($1.count) } }
    /// Of the statuses of failed requests.
    var failures: Int { filter { (Int($0.name) ?? 0) >= 400 }.total }
    /// Of the statuses that are neither 2xx nor 3xx, as of no answer: vegeta's rule.
    var failuresByVegeta: Int { filter { !(200..<400).contains(Int($0.name) ?? 0) }.total }
}
