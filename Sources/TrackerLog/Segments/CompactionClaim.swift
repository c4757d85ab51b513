/// What a compacted segment says first: which segments it was made from, and how long it is.
///
/// Lines with a header are known again by their identity wherever they stand. Lines without one are
/// not: from the moment that a compacted segment is whole, they count there, and no longer in the
/// file that they came from, whether that file is still there, or comes back by a copy.
package struct CompactionClaim: Sendable, Hashable {
    /// Bytes that follow the claim's own frame. With fewer the segment is not whole yet.
    package var restBytes: Int
    package var replaced: [Replaced]

    /// One segment, as far as it was taken over.
    package struct Replaced: Sendable, Hashable {
        /// Its name within the session's folder.
        package var file: String
        /// Whether lines without a header were taken over: only for those a reader needs this.
        package var hasBareLines: Bool
        /// Of its first bytes, ascending; the last one is of all that was taken over. The shorter
        /// ones tell a copy that is not complete from another file.
        package var prefixes: [Prefix]

        package init(file: String, hasBareLines: Bool, prefixes: [Prefix]) {
            self.file = file
            self.hasBareLines = hasBareLines
            self.prefixes = prefixes
        }

        package var size: Int { prefixes.last?.length ?? 0 }
    }

    /// XXH64 of a file's first bytes.
    package struct Prefix: Sendable, Hashable {
        package var length: Int
        package var hash: UInt64

        package init(length: Int, hash: UInt64) {
            self.length = length
            self.hash = hash
        }
    }

    package init(restBytes: Int, replaced: [Replaced]) {
        self.restBytes = restBytes
        self.replaced = replaced
    }

    /// The lengths of the prefixes that are hashed of a file of this size: each twice the one
    /// before, and the whole.
    package static func prefixLengths(of size: Int) -> [Int] {
        var lengths: [Int] = []
        var length = shortestPrefix
        while length < size {
            lengths.append(length)
            length *= 2
        }
        return lengths + [size]
    }

    /// Shorter than any line that is an event.
    private static let shortestPrefix = 16
}

extension CompactionClaim {
    /// - Returns: `nil` when the header makes no claim, or none that can be read.
    init?(header: JSONValue) {
        guard let rest = header["rest"]?.intValue, rest >= 0,
            let rows = header["replaces"]?.arrayValue
        else { return nil }
        let replaced = rows.compactMap(Replaced.init(json:))
        guard replaced.count == rows.count else { return nil }
        self.init(restBytes: rest, replaced: replaced)
    }

    /// The header's members, each behind a comma.
    func write(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: ",\"rest\":\(restBytes),\"replaces\":".utf8)
        JSONValue.array(replaced.map(\.json)).write(to: &bytes)
    }
}

extension CompactionClaim.Replaced {
    init?(json: JSONValue) {
        guard let file = json["file"]?.stringValue, SegmentName(fileName: file) != nil,
            let rows = json["prefixes"]?.arrayValue, !rows.isEmpty
        else { return nil }
        var prefixes: [CompactionClaim.Prefix] = []
        for row in rows {
            guard let parts = row.arrayValue, parts.count == 2, let length = parts[0].intValue,
                length > prefixes.last?.length ?? 0,
                let hash = parts[1].stringValue.flatMap({ UInt64($0, radix: 16) })
            else { return nil }
            prefixes.append(CompactionClaim.Prefix(length: length, hash: hash))
        }
        self.init(
            file: file, hasBareLines: json["bare"]?.boolValue ?? false, prefixes: prefixes)
    }

    package var json: JSONValue {
        // As text: 64 bits are more than a number of JSON holds in every language.
        let rows = prefixes.map {
            JSONValue.array([.integer($0.length), .string(XXHash64.hex($0.hash))])
        }
        var members = [JSONValue.Member("file", .string(file))]
        if hasBareLines { members.append(.init("bare", .bool(true))) }
        members.append(.init("prefixes", .array(rows)))
        return .object(members)
    }
}
