/// In the header of lines some of which were samples, and are histograms now: what they were made
/// from.
/// ```
/// {"frame":1,…,"seq":12,"events":3,"thinned":{"hash":"5a01d49f","events":100}}
/// ```
///
/// Such a section folds to the same state as the one that its writer wrote, and has its identity
/// and its hash: of the two a reader counts the one that it meets first, and no order matters.
package struct ThinnedLines: Sendable, Hashable {
    /// `FrameSection.contentHash` of the section that the writer wrote.
    package var hash: UInt32
    /// Its lines.
    package var events: Int

    package init(hash: UInt32, events: Int) {
        self.hash = hash
        self.events = events
    }
}

extension ThinnedLines {
    /// - Parameter lines: of the section; it never had fewer.
    /// - Returns: `nil` when the header has no valid one.
    init?(header: JSONValue, lines: Int) {
        guard let object = header["thinned"], let text = object["hash"]?.stringValue,
            text.utf8.count == Self.hashDigits, let hash = UInt32(text, radix: 16),
            let events = object["events"]?.intValue, events >= lines
        else { return nil }
        self.init(hash: hash, events: events)
    }

    /// Writes the member, preceded by a comma.
    func write(to bytes: inout [UInt8]) {
        let digits = XXHash64.hex(UInt64(hash)).suffix(Self.hashDigits)
        bytes.append(
            contentsOf: ",\"thinned\":{\"hash\":\"\(digits)\",\"events\":\(events)}".utf8)
    }

    private static let hashDigits = 8
}
