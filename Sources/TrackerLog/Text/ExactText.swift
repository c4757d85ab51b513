/// A text compared and ordered by its UTF-8 bytes: the key for names that people and programs give.
///
/// `String` treats canonically equivalent spellings as equal. As a key it would merge two names,
/// and which spelling is kept would depend on which came first.
package struct ExactText: Sendable, Hashable, Comparable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (a: ExactText, b: ExactText) -> Bool { a.text.isExactly(b.text) }

    package static func < (a: ExactText, b: ExactText) -> Bool {
        a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { bytes in
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
        // A terminator: this byte never occurs in UTF-8.
        hasher.combine(0xFF as UInt8)
    }
}

extension String {
    /// Whether both are the same bytes. `==` also holds for canonically equivalent spellings, and
    /// two spellings are two names.
    package func isExactly(_ other: String?) -> Bool {
        // `==` is fast for texts that differ, and a parsed line compares many field names.
        guard let other, self == other, utf8.count == other.utf8.count else { return false }
        let isSame = unsafe utf8.withContiguousStorageIfAvailable { own in
            unsafe other.utf8.withContiguousStorageIfAvailable { unsafe own.elementsEqual($0) }
        }
        return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}

extension StringProtocol {
    /// The parts between separators. `split` takes a separator with a combining mark behind it for
    /// another character.
    package func parts(
        separatedBy separator: Unicode.Scalar, maxSplits: Int = .max, omitsEmpty: Bool = false
    ) -> [String] {
        utf8.split(
            separator: UInt8(ascii: separator), maxSplits: maxSplits,
            omittingEmptySubsequences: omitsEmpty
        ).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension String? {
    /// Whether both are the same bytes, or both are missing.
    package func isExactly(_ other: String?) -> Bool {
        self.map { $0.isExactly(other) } ?? (other == nil)
    }
}

extension Sequence<String> {
    /// Distinct texts, ordered by their bytes.
    package var distinctSorted: [String] { Set(map(ExactText.init)).sorted().map(\.text) }
}
