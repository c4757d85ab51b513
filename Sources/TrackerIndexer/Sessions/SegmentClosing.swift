package import TrackerLog

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
