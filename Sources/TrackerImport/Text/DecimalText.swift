/// Numbers as tools write them.
package enum DecimalText {
    /// The powers of ten that are exact in a double.
    private static let tens: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// A finite decimal number and nothing else: `12`, `-1.5`, `.85`, `1.7e+07`.
    /// - Returns: `nil` for anything else: `N/A`, `nan`, `inf`, `-`, an empty text, and `5.`, of
    ///   which digits are missing: no tool writes that.
    package static func number(_ bytes: ByteView) -> Double? {
        quick(bytes) ?? slow(bytes.text)
    }

    package static func number(_ text: some StringProtocol) -> Double? { slow(String(text)) }

    /// Also `5.`: for what a program sends, where nothing is cut. OpenMetrics allows it.
    package static func sent(_ text: String) -> Double? {
        let whole = text.dropLast()
        return number(text.hasSuffix(".") && !whole.contains(".") ? whole : text[...])
    }

    /// At most 15 digits: one division of exact doubles gives the nearest double.
    private static func quick(_ bytes: ByteView) -> Double? {
        var (mantissa, digits, places) = (UInt64(0), 0, 0)
        var hasPoint = false
        let isNegative = !bytes.isEmpty && bytes[0] == UInt8(ascii: "-")
        for index in (isNegative ? 1 : 0)..<max(bytes.count, isNegative ? 1 : 0) {
            let byte = bytes[index]
            if byte >= 0x30, byte <= 0x39 {
                mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30)
                digits += 1
                if hasPoint { places += 1 }
            } else if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else {
                return nil
            }
            if digits > 15 { return nil }
        }
        guard digits > 0, !hasPoint || places > 0 else { return nil }
        let value = Double(mantissa) / tens[places]
        return isNegative ? -value : value
    }

    private static func slow(_ text: String) -> Double? {
        // `Double` also reads hexadecimal numbers and names of what is no number.
        let allowed = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte)
        }
        guard allowed, text.utf8.last != UInt8(ascii: "."), let value = Double(text),
            value.isFinite
        else { return nil }
        return value
    }

    /// Whether a text that is no number was one before bytes of it changed: it has digits or bytes
    /// that no tool writes. Words and signs, such as `inf` and `N/A`, say that there is none.
    package static func isDamaged(_ text: some StringProtocol) -> Bool {
        number(text) == nil
            && text.utf8.contains { (0x30...0x39).contains($0) || $0 < 0x20 || $0 >= 0x7F }
    }

    /// A whole number that an `Int` holds: also `12.0`.
    package static func whole(_ text: some StringProtocol) -> Int? {
        Int(text) ?? number(text).flatMap { Int(exactly: $0) }
    }

    package static func whole(_ bytes: ByteView) -> Int? {
        number(bytes).flatMap { Int(exactly: $0) }
    }

    /// A number of a table that was saved in a person's language: `0,040%`, `.85877`, `1 234,5`.
    ///
    /// - Parameter decimal: what stands before the fraction. The other of point and comma, spaces
    ///   and apostrophes group digits.
    package static func localized(_ text: some StringProtocol, decimal: Unicode.Scalar) -> Double? {
        var plain = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case decimal: plain.append(".")
            case ",", ".", " ", "\u{A0}", "\u{202F}", "'", "\u{2019}", "%": continue
            default: plain.unicodeScalars.append(scalar)
            }
        }
        return slow(plain)
    }

    /// `2.00%`, `99.5 %` or `100`.
    package static func percent(_ text: some StringProtocol) -> Double? {
        var rest = text[...]
        if rest.hasSuffix("%") { rest = rest.dropLast() }
        return number(String(rest).trimmedBlanks)
    }

    /// `12.3k`: thousands, as wrk writes counts.
    package static func scaled(_ text: some StringProtocol) -> Double? {
        let steps: [Character: Double] = [
            "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
        ]
        guard let last = text.last, let factor = steps[last] else { return number(text) }
        return number(text.dropLast()).map { $0 * factor }
    }

    /// `17.76GB`, `19.81 MiB`, `512B`: a step is 1,024, as these tools count.
    package static func bytes(_ text: some StringProtocol) -> Double? {
        let steps: [Character: Double] = [
            "k": 1024, "K": 1024, "M": 1_048_576, "G": 1_073_741_824,
            "T": 1_099_511_627_776, "P": 1_125_899_906_842_624,
        ]
        var rest = String(text).trimmedBlanks[...]
        guard rest.last == "B" else { return nil }
        rest = rest.dropLast()
        if rest.last == "i" { rest = rest.dropLast() }
        guard let last = rest.last, let factor = steps[last] else {
            return number(String(rest).trimmedBlanks)
        }
        return number(String(rest.dropLast()).trimmedBlanks).map { $0 * factor }
    }
}

extension String {
    package var trimmedBlanks: String {
        let isBlank = { (character: Character) in
            character == " " || character == "\t" || character == "\r" || character == "\r\n"
        }
        var rest = self[...]
        while let first = rest.first, isBlank(first) { rest = rest.dropFirst() }
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        return String(rest)
    }
}

extension Int {
    /// A sum of counts of a file that may be damaged: the largest number instead of a trap.
    package func plus(_ other: Int) -> Int {
        let (sum, isTooMuch) = addingReportingOverflow(other)
        return isTooMuch ? (other > 0 ? .max : .min) : sum
    }
}
