/// A text that equals another only when their bytes do, and is ordered by its bytes.
///
/// `String` takes two spellings of one character for the same. As a key it would make one of two
/// names, and which of the two spellings stays would depend on which came first.
package struct ExactText: Hashable, Comparable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (a: ExactText, b: ExactText) -> Bool {
        a.text.utf8.elementsEqual(b.text.utf8)
    }

    package static func < (a: ExactText, b: ExactText) -> Bool {
        a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        // No text of UTF-8 holds this byte.
        hasher.combine(0xFF as UInt8)
    }
}
