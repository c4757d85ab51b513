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

    /// The whole numbers of an object by their names, in its order.
    package var counts: [(name: String, count: Int)] {
        (objectValue ?? []).compactMap { member in
            member.value.wholeNumber.map { (name: member.key, count: $0) }
        }
    }
}
