/// Writes HTML as UTF-8 bytes.
///
/// Invariant: text that is known only at run time goes out escaped, in every method. Markup is a
/// `StaticString`, so it comes from this source code and from nowhere else; there is no third way in.
package struct HTMLWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init(capacity: Int = 64 << 10) { bytes.reserveCapacity(capacity) }

    /// Markup from this source code, as it is.
    package mutating func raw(_ markup: StaticString) {
        markup.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    }

    /// Any text, as text: for the content of elements and for quoted attribute values.
    ///
    /// Control characters and those that change the direction of the text around them become
    /// visible stand-ins, so that no logged string can reorder or hide what stands beside it.
    package mutating func text(_ text: String) {
        if text.utf8.allSatisfy(isPlainText) {
            bytes.append(contentsOf: text.utf8)
            return
        }
        for scalar in text.unicodeScalars { append(scalar) }
    }

    /// ` name="value"`, with the space before it.
    package mutating func attribute(_ name: StaticString, _ value: String) {
        raw(" ")
        raw(name)
        raw("=\"")
        text(value)
        raw("\"")
    }

    /// A whole number, in digits only.
    package mutating func int(_ value: Int) { bytes.append(contentsOf: String(value).utf8) }

    /// The data of a path: digits, letters of commands and separators only, by its type.
    package mutating func pathData(_ path: SVGPath) { bytes.append(contentsOf: path.bytes) }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "&": raw("&amp;")
        case "<": raw("&lt;")
        case ">": raw("&gt;")
        case "\"": raw("&quot;")
        case "'": raw("&#39;")
        case "\n", "\t": bytes.append(UInt8(scalar.value))
        default:
            if let shown = visibleForm(of: scalar) {
                bytes.append(contentsOf: shown.utf8)
            } else {
                bytes.append(contentsOf: String(scalar).utf8)
            }
        }
    }
}

/// ASCII that means nothing to HTML and is no control character: goes out as it is.
private func isPlainText(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
        UInt8(ascii: "'"):
        false
    default: byte >= 0x20 && byte < 0x7F
    }
}

/// What is shown for a character that would be invisible or would act on its neighbours; `nil` for
/// all others.
///
/// Joiners (U+200C, U+200D) stay: scripts and emoji need them, and they change no order.
func visibleForm(of scalar: Unicode.Scalar) -> String? {
    switch scalar.value {
    case 0...0x1F:
        // The control pictures stand in the same order as the characters.
        return Unicode.Scalar(0x2400 + scalar.value).map { String($0) }
    case 0x7F: return "\u{2421}"
    case 0x80...0x9F,  // C1 controls: CSI and OSC among them
        0x061C, 0x200E, 0x200F,  // direction marks
        0x200B, 0x2060, 0xFEFF,  // no width at all
        0x2028, 0x2029,  // line and paragraph separators
        0x202A...0x202E, 0x2066...0x2069,  // embeddings, overrides, isolates
        0xFFF9...0xFFFB, 0xE0000...0xE007F:  // annotations, tags
        let hex = String(scalar.value, radix: 16, uppercase: true)
        return "\u{27E8}U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex + "\u{27E9}"
    default: return nil
    }
}
