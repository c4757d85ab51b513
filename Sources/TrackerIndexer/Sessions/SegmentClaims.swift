package import TrackerLog

extension IndexedSegment {
    /// Records the rule that the segment is folded by from now on.
    /// - Returns: `false` when lines already folded would be treated differently.
    mutating func adopt(_ rule: SegmentRule) -> Bool {
        missingBytes = rule.missingBytes
        guard ruleHash != rule.hash else { return true }
        ruleHash = rule.hash
        return !hasBareLines
    }
}

/// The claims of a session's compacted segments: which lines of which other segments they contain.
///
/// Invariant: the rules depend on the bytes of the files alone, so that a session folds to the same
/// state at any time.
package struct SegmentClaims {
    private struct Known {
        var status: FileStatus
        /// `nil` when the segment makes no claim.
        var claim: (CompactionClaim, frameLength: Int)?
    }

    private struct Match {
        var status: FileStatus
        var claims: [CompactionClaim.Replaced]
        var bytes: Int
    }

    private var known: [String: Known] = [:]
    private var matches: [String: Match] = [:]

    package init() {}

    /// What became histograms in the segments of these names, as of the last `rules`.
    func thinned(in names: some Sequence<String>) -> CompactionClaim.Thinned {
        names.reduce(into: CompactionClaim.Thinned()) { all, name in
            guard let counts = known[name]?.claim?.0.thinned else { return }
            all.samples = SaturatingCount.sum(all.samples, counts.samples)
            all.histograms = SaturatingCount.sum(all.histograms, counts.histograms)
        }
    }

    /// The rules by file name; a segment without one has `everything`.
    package mutating func rules(
        _ listing: SessionListing, in folder: StoragePath, _ storage: any Storage,
        _ reader: SegmentReader
    ) throws(StorageError) -> [String: SegmentRule] {
        guard listing.segments.contains(where: \.name.isCompacted) else { return [:] }
        let present = Dictionary(
            listing.segments.map { ($0.fileName, $0) }, uniquingKeysWith: { one, _ in one })
        var rules: [String: SegmentRule] = [:]
        var claims: [String: [CompactionClaim.Replaced]] = [:]
        for segment in listing.segments where segment.name.isCompacted {
            guard let known = try look(at: segment, folder, storage, reader),
                let (claim, frameLength) = known.claim
            else { continue }
            let replaced = claim.replaced.filter { $0.hasBareLines && present[$0.file] != nil }
            let missing = frameLength + claim.restBytes - known.status.size
            guard missing > 0 else {
                for one in replaced { claims[one.file, default: []].append(one) }
                continue
            }
            var rule = SegmentRule(missingBytes: missing)
            for one in replaced {
                guard let file = present[one.file] else { continue }
                if try matchedBytes(file, [one], folder, storage, reader) == one.size {
                    rule.ceded.insert(one.file)
                }
            }
            rules[segment.fileName] = rule
        }
        for (file, claims) in claims {
            guard let segment = present[file] else { continue }
            let bytes = try matchedBytes(segment, claims, folder, storage, reader)
            guard bytes > 0 else { continue }
            rules[file, default: .everything].replacedBytes = bytes
            rules[file, default: .everything].isPlain = segment.name.encoding == .plain
        }
        return rules
    }

    /// The rule of a segment folded by itself, without the other segments of its session.
    static func rule(
        of file: any StorageFile, _ name: SegmentName, size: Int, _ reader: SegmentReader
    ) throws(StorageError) -> SegmentRule {
        guard name.isCompacted,
            let (claim, frameLength) = try reader.claim(of: file, name: name, size: size)
        else { return .everything }
        return SegmentRule(missingBytes: max(0, frameLength + claim.restBytes - size))
    }

    /// - Returns: `nil` when the file no longer exists.
    private mutating func look(
        at segment: SessionListing.Segment, _ folder: StoragePath, _ storage: any Storage,
        _ reader: SegmentReader
    ) throws(StorageError) -> Known? {
        let name = segment.name.fileName
        if let known = known[name], known.status == segment.status { return known }
        guard let file = try Self.open(folder.appending(name), storage) else { return nil }
        let status = try file.status()
        let claim = try reader.claim(of: file, name: segment.name, size: status.size)
        let result = Known(status: status, claim: claim.map { ($0.claim, $0.frameLength) })
        known[name] = result
        return result
    }

    /// The length of the longest prefix of the file that a claim covers and whose hash matches.
    /// The file may also be an incomplete copy, or a different file that begins the same: lines
    /// that are not verified as the same count here.
    private mutating func matchedBytes(
        _ segment: SessionListing.Segment, _ claims: [CompactionClaim.Replaced],
        _ folder: StoragePath, _ storage: any Storage, _ reader: SegmentReader
    ) throws(StorageError) -> Int {
        let name = segment.name.fileName
        if let known = matches[name], known.status == segment.status, known.claims == claims {
            return known.bytes
        }
        guard let file = try Self.open(folder.appending(name), storage) else { return 0 }
        let status = try file.status()
        let lengths = Set(claims.flatMap { $0.prefixes.map(\.length) }).filter { $0 <= status.size }
        let found = Set(try reader.prefixes(of: file, lengths: lengths.sorted()))
        let bytes = claims.flatMap(\.prefixes).filter(found.contains).map(\.length).max() ?? 0
        matches[name] = Match(status: status, claims: claims, bytes: bytes)
        return bytes
    }

    private static func open(
        _ path: StoragePath, _ storage: any Storage
    ) throws(StorageError) -> (any StorageFile)? {
        do throws(StorageError) {
            return try storage.openForReading(path)
        } catch {
            guard error.code == ErrorCode.notFound else { throw error }
            return nil
        }
    }
}
