import TrackerIndexer
package import TrackerLog

/// Reads a session's files and reports what is damaged, missing, misplaced or repeated. It reads
/// the log only, not the index, and writes nothing.
///
/// Memory grows with writers and gaps, not with events.
package struct LogVerifier {
    private let storage: any Storage
    private let tools = VerifyTools()
    private let now: Timestamp
    /// Bad regions listed for each file.
    private let maxRegions: Int
    /// Called with the number of bytes read.
    private let progress: (Int) -> Void

    /// - Parameter now: decides which files are closed.
    package init(
        storage: any Storage, now: Timestamp, maxRegions: Int = LogLimits.maxListedRegions,
        progress: @escaping (Int) -> Void = { _ in }
    ) {
        self.storage = storage
        self.now = now
        self.maxRegions = maxRegions
        self.progress = progress
    }

    /// - Throws: when the session's folder cannot be listed. A file that cannot be read is one of
    ///   the result's `problems`.
    package func verify(_ key: DataFolder.SessionKey) throws(StorageError) -> SessionVerification {
        try examine(key).verification
    }

    /// The findings for a session, and the frames seen in it.
    struct Examination {
        var verification: SessionVerification
        var seen: SeenFrames
    }

    func examine(_ key: DataFolder.SessionKey) throws(StorageError) -> Examination {
        for _ in 1..<VerifyLimits.maxAttempts {
            let examination = try attempt(key)
            // A file that disappeared after the listing was compacted: its lines are elsewhere now.
            let isGone = examination.verification.problems.contains {
                $0.code == ErrorCode.notFound
            }
            if !isGone { return examination }
        }
        return try attempt(key)
    }

    private func attempt(_ key: DataFolder.SessionKey) throws(StorageError) -> Examination {
        let listing = try SessionListing(key.user, key.session, in: storage)
        let closing = SegmentClosing(of: listing.segments.map(\.name), now: now)
        let folder = DataLayout.sessionFolder(key.user, key.session)
        var result = SessionVerification(key: key)
        result.ignored = listing.ignored
        var claims = SegmentClaims()
        let rules = try claims.rules(listing, in: folder, storage, tools.reader)
        var seen = SeenFrames()
        for (fileIndex, segment) in listing.segments.enumerated() {
            let path = folder.appending(segment.name.fileName)
            do throws(StorageError) {
                let file = try verify(
                    segment.name, path, fileIndex, key.session, closing,
                    rules[segment.name.fileName] ?? .everything)
                result.files.append(file.result)
                result.droppedEvents = SaturatingCount.sum(result.droppedEvents, file.droppedEvents)
                if let failure = file.failure { result.problems.append(failure) }
                seen.formUnion(file.seen)
                progress(file.result.bytes)
            } catch {
                result.problems.append(error)
                result.files.append(
                    FileVerification(name: segment.name, bytes: 0, isOpen: true))
            }
        }
        seen.settle()
        var comparison = RepeatedFrames(seen, rules)
        if !comparison.isEmpty {
            comparison.run(&result, in: storage, with: tools)
        }
        result.findLosses(seen)
        return Examination(verification: result, seen: seen)
    }

    private func verify(
        _ name: SegmentName, _ path: StoragePath, _ fileIndex: Int, _ session: SessionID,
        _ closing: SegmentClosing, _ rule: SegmentRule
    ) throws(StorageError) -> SegmentVerifier {
        let file = try storage.openForReading(path)
        let status = try file.status()
        let isClosed = closing.isClosed(
            name, modifiedNs: status.modifiedNs, path, in: storage)
        var empty = FileVerification(name: name, bytes: status.size, isOpen: !isClosed)
        empty.otherEncoding = try otherEncoding(file, name)
        var verifier = SegmentVerifier(
            empty, fileIndex: fileIndex, rule: rule, maxRegions: maxRegions)
        verifier.run(file, session: session, with: tools)
        // During the read a live writer may have truncated half a frame and written another. Real
        // damage is still there on the second read.
        if empty.isOpen, verifier.result.regionCount > 0 {
            verifier = SegmentVerifier(
                empty, fileIndex: fileIndex, rule: rule, maxRegions: maxRegions)
            verifier.run(file, session: session, with: tools)
        }
        return verifier
    }

    /// The encoding that the first bytes show, when it is not that of the file's name.
    private func otherEncoding(
        _ file: any StorageFile, _ name: SegmentName
    ) throws(StorageError) -> SegmentName.Encoding? {
        let result = unsafe withUnsafeTemporaryAllocation(byteCount: 4, alignment: 1) { bytes in
            Result { () throws(StorageError) -> SegmentName.Encoding? in
                let count = try unsafe file.read(into: bytes, at: 0)
                let first = unsafe Array(bytes[..<count])
                if first.starts(with: MagicBytes.zstd) { return .zstd }
                if first.starts(with: MagicBytes.gzip.prefix(2)) { return .gzip }
                return first.first == UInt8(ascii: "{") ? .plain : nil
            }
        }
        let found = try result.get()
        return found == name.encoding ? nil : found
    }
}
