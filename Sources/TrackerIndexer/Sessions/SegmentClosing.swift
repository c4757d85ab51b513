package import TrackerLog

/// What follows a segment's last frame.
package struct SegmentEnd {
    package var offset: Int
    /// Bytes that are not a whole frame.
    package var pendingBytes: Int
    /// Bytes that a compacted segment lacks of its stated length.
    package var missingBytes: Int
    /// Why the pending bytes can never become a frame.
    package var reason: BadRegion.Reason?

    init(offset: Int, pendingBytes: Int, missingBytes: Int, reason: BadRegion.Reason?) {
        self.offset = offset
        self.pendingBytes = pendingBytes
        self.missingBytes = missingBytes
        self.reason = reason
    }

    package init(_ progress: SegmentProgress, missingBytes: Int) {
        self.init(
            offset: progress.offset, pendingBytes: progress.pendingBytes,
            missingBytes: missingBytes, reason: progress.pendingReason)
    }

    /// Bytes that are not there as they should be.
    package var length: Int { pendingBytes + missingBytes }

    /// - Parameter isClosed: whether the file is closed; asked only where it matters.
    /// - Returns: `nil` when there is nothing, or what is there may still become a frame.
    package func damage(in file: SegmentName, isClosed: () -> Bool) -> BadRegion? {
        guard length > 0 else { return nil }
        if let reason {
            return BadRegion(file: file.fileName, offset: offset, length: length, reason: reason)
        }
        guard isClosed() else { return nil }
        return BadRegion(file: file.fileName, offset: offset, length: length, reason: .tail)
    }
}

/// Decides whether a segment is closed, so that no writer appends to it any more:
/// `docs/FORMAT.md` section 6.
package struct SegmentClosing {
    private let newest: [String: Int]
    private let now: Timestamp

    /// - Parameter names: all segments of the session's folder.
    package init(of names: some Sequence<SegmentName>, now: Timestamp) {
        newest = names.reduce(into: [:]) { newest, name in
            newest[name.writer] = max(newest[name.writer] ?? 0, name.number)
        }
        self.now = now
    }

    /// Its writer has a newer segment (of `shared` that says nothing), or the segment has not
    /// changed for `LogLimits.closedAfterSeconds` and is not locked.
    ///
    /// - Parameters:
    ///   - file: the path of the segment; opened only when its lock has to be checked.
    ///   - modifiedNs: when it was last written to; `nil` if that is not known, as after an error.
    package func isClosed(
        _ name: SegmentName, modifiedNs: Int64?, _ file: StoragePath, in storage: any Storage
    ) -> Bool {
        let hasNewer = newest[name.writer].map { $0 > name.number } ?? false
        if hasNewer, name.writer != SegmentName.sharedWriter { return true }
        guard let modifiedNs else { return false }
        let ageMs = now.milliseconds(since: Timestamp(nanoseconds: modifiedNs))
        guard ageMs > Double(LogLimits.closedAfterSeconds) * 1_000 else { return false }
        do throws(StorageError) {
            return try storage.openForReading(file).lockExclusive()
        } catch {
            return false
        }
    }
}
