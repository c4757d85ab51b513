package import TrackerLog

/// What was measured in a span of time, folded from the log: series have no time of their own, and
/// curves only that of their columns.
package struct SpanFold: Sendable {
    package let span: Interval
    /// The session with the samples of the span, and no others.
    package let summary: SessionSummary

    /// Reads the whole session once.
    /// - Throws: when a file cannot be read: a part of the samples is no answer.
    package init(
        _ key: DataFolder.SessionKey, _ span: Interval, in storage: any Storage, now: Timestamp
    ) throws(StorageError) {
        let index = SessionIndex(user: key.user, session: key.session, within: span)
        let listing = try SessionListing(key.user, key.session, in: storage)
        index.update(listing, in: storage, with: FoldTools())
        if let problem = index.problem { throw problem }
        self.span = span
        summary = index.summary(now: now, in: storage)
    }
}
