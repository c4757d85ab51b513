/// A text compared and ordered by its UTF-8 bytes.
///
/// `String` treats canonically equivalent spellings as equal. As a key it would merge two names,
/// and which spelling is kept would depend on which came first.
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
        // A terminator: this byte never occurs in UTF-8.
        hasher.combine(0xFF as UInt8)
    }
}
