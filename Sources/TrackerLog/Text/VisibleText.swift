/// Makes text from the log safe to display: invisible characters, and characters that affect their
/// neighbours, are replaced by a visible form.
///
/// Terminals and pages share one list of these characters: `isHidden`.
package enum VisibleText {
    /// Whether a character must not reach a terminal or a page unchanged.
    ///
    /// Hidden are Unicode's control and format characters, line and paragraph separators,
    /// characters that are drawn as nothing (`Default_Ignorable_Code_Point`) and noncharacters. A
    /// test checks the list against these properties. Three groups are not hidden:
    /// - the joiners U+200C and U+200D: scripts and emoji need them, and they do not reorder text;
    /// - the variation selectors U+FE00 to U+FE0F: emoji need them. The 240 of the supplement are
    ///   hidden: no emoji needs them, and they can carry any bytes unseen;
    /// - visible format characters: Arabic, Syriac and Kaithi number signs.
    package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20..<0x7F: false
        case 0..<0x20, 0x7F...0x9F,  // C0 and C1 controls: ESC, CSI and OSC among them
            0x00AD, 0x034F,  // soft hyphen, grapheme joiner
            0x061C, 0x200E...0x200F,  // direction marks
            0x115F...0x1160, 0x3164, 0xFFA0,  // Hangul fillers
            0x17B4...0x17B5, 0x180B...0x180F,  // Khmer vowels, Mongolian selectors
            0x200B, 0x2060...0x2065, 0xFEFF,  // no width: spaces, joiners, operators, BOM
            0x2028...0x2029, 0x202A...0x202E,  // separators; embeddings and overrides
            0x2066...0x2069, 0x206A...0x206F,  // isolates; shaping controls
            0xFFF0...0xFFFB,  // annotations, and unassigned ones before them
            0x13430...0x1343F, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A,  // layout controls
            0xE0000...0xE0FFF:  // tags, supplementary variation selectors
            true
        case 0xFDD0...0xFDEF: true  // noncharacters
        default: scalar.value & 0xFFFE == 0xFFFE  // the last two of each plane: no characters
        }
    }

    /// The text for a terminal: each hidden character as `\u{…}`.
    /// - Parameter keepsLines: whether to keep line ends.
    package static func escaped(_ text: String, keepsLines: Bool = false) -> String {
        replacing(text) { scalar in
            if keepsLines && scalar == "\n" { return nil }
            return isHidden(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : nil
        }
    }

    /// A JSON text with each hidden character as an escape, `\uXXXX`: the same value for every
    /// reader, without characters that a terminal acts on.
    ///
    /// - Parameter text: valid JSON, so its control characters are already escaped, except line
    ///   ends between values.
    package static func escapedJSON(_ text: String) -> String {
        replacing(text) { scalar in
            guard scalar.value >= 0x7F, isHidden(scalar) else { return nil }
            return String(scalar).utf16.map { "\\u" + hex($0, digits: 4) }.joined()
        }
    }

    /// The text for a page: control pictures for C0 controls, `⟨U+202E⟩` for all others.
    package static func pageForm(of scalar: Unicode.Scalar) -> String? {
        guard isHidden(scalar) else { return nil }
        switch scalar.value {
        case 0...0x1F:
            // The control pictures are in the same order as the control characters.
            return Unicode.Scalar(0x2400 + scalar.value).map { String($0) }
        case 0x7F: return "\u{2421}"
        default: return "\u{27E8}U+" + hex(scalar.value, digits: 4, uppercase: true) + "\u{27E9}"
        }
    }

    private static func hex(
        _ value: some BinaryInteger, digits: Int, uppercase: Bool = false
    ) -> String {
        let text = String(value, radix: 16, uppercase: uppercase)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// - Parameter form: the replacement of a character; `nil` to keep it.
    private static func replacing(
        _ text: String, _ form: (Unicode.Scalar) -> String?
    ) -> String {
        // Almost all texts are plain ASCII.
        if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return text }
        // A whole table comes as one text, with line ends: bytes are faster than scalars.
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if 0x20..<0x7F ~= scalar.value {
                result.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                result += (form(scalar) ?? String(scalar)).utf8
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
