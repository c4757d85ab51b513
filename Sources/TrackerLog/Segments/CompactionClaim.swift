/// The first header of a compacted segment: which segments it replaces, and how long it is.
/// ```
/// {"frame":1,…,"events":0,"rest":1842,"replaces":[{"file":"shared.000001.jsonl","bare":true,
///   "prefixes":[[16,"9f3c77aa01b2c3d4"],[32,"00c3d49f3c77aa01"],[51,"5a01d49f3c77aa01"]]}]}
/// ```
///
/// Lines with a header are recognised by their identity in any file. Lines without one are not:
/// once a compacted segment is complete, they count there and no longer in the original file,
/// whether that file still exists or is restored by a copy.
package struct CompactionClaim: Sendable, Hashable {
    /// Bytes that follow the claim's frame. With fewer, the segment is not complete yet.
    package var restBytes: Int
    package var replaced: [Replaced]
    /// Of a segment in which samples became histograms; else `nil`.
    package var thinned: Thinned?

    /// Samples of the originals, and the histograms that they are in now.
    package struct Thinned: Sendable, Hashable {
        package var samples = 0
        package var histograms = 0

        package init() {}
    }

    /// One replaced segment, up to the size that was compacted.
    package struct Replaced: Sendable, Hashable {
        /// The file's name within the session folder.
        package var file: String
        /// Whether it had lines without a header: only then does a reader need the prefixes.
        package var hasBareLines: Bool
        /// Hashes of its first bytes, by ascending length; the last one covers everything that was
        /// compacted. The shorter ones distinguish an incomplete copy from a different file.
        package var prefixes: [Prefix]

        package init(file: String, hasBareLines: Bool, prefixes: [Prefix]) {
            self.file = file
            self.hasBareLines = hasBareLines
            self.prefixes = prefixes
        }

        package var size: Int { prefixes.last?.length ?? 0 }
    }

    /// XXH64 of the first `length` bytes of a file.
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

    /// The lengths of the prefixes to hash for a file of this size: doubling, then the whole size.
    package static func prefixLengths(of size: Int) -> [Int] {
        var lengths: [Int] = []
        var length = shortestPrefix
        while length < size {
            lengths.append(length)
            length *= 2
        }
        return lengths + [size]
    }

    /// Shorter than any event line.
    private static let shortestPrefix = 16
}

extension CompactionClaim {
    /// - Returns: `nil` when the header has no valid claim.
    init?(header: JSONValue) {
        guard let rest = header["rest"]?.intValue, rest >= 0,
            let rows = header["replaces"]?.arrayValue
        else { return nil }
        let replaced = rows.compactMap(Replaced.init(json:))
        guard replaced.count == rows.count else { return nil }
        self.init(restBytes: rest, replaced: replaced)
        guard let samples = header["samples"]?.intValue, samples >= 0,
            let histograms = header["histograms"]?.intValue, histograms >= 0
        else { return }
        var counts = Thinned()
        (counts.samples, counts.histograms) = (samples, histograms)
        thinned = counts
    }

    /// Writes the claim's members, each preceded by a comma.
    func write(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: ",\"rest\":\(restBytes),\"replaces\":".utf8)
        JSONValue.array(replaced.map(\.json)).write(to: &bytes)
        guard let thinned else { return }
        bytes.append(
            contentsOf: ",\"samples\":\(thinned.samples),\"histograms\":\(thinned.histograms)".utf8)
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
        // As text: not every language's JSON has exact 64-bit numbers.
        let rows = prefixes.map {
            JSONValue.array([.integer($0.length), .string(XXHash64.hex($0.hash))])
        }
        var members = [JSONValue.Member("file", .string(file))]
        if hasBareLines { members.append(.init("bare", .bool(true))) }
        members.append(.init("prefixes", .array(rows)))
        return .object(members)
    }
}
