/// Which sessions get a snapshot: those that take longer to fold than to load.
///
/// A small session is folded again from its files each time it changes. Its row in the catalogue
/// has the stamp, the digest and the numbers of the list. With very many sessions, a snapshot for
/// each of them costs more than everything else: one file to create and to rename.
package struct SnapshotRule: Sendable {
    /// Total size of the segments of a small session.
    var maxSmallBytes: Int
    var maxSmallFiles: Int
    /// Few bytes may hold very many equal lines.
    var maxSmallEvents: Int

    package static let standard = SnapshotRule(
        maxSmallBytes: IndexLimits.maxBytesWithoutSnapshot,
        maxSmallFiles: IndexLimits.maxFilesWithoutSnapshot,
        maxSmallEvents: IndexLimits.maxEventsWithoutSnapshot)

    /// A snapshot for every session, for tests with small ones.
    package static let always = SnapshotRule(
        maxSmallBytes: -1, maxSmallFiles: -1, maxSmallEvents: -1)

    func needsSnapshot(_ index: SessionIndex) -> Bool {
        isLarge(
            files: index.segments, bytes: index.foldedBytes + index.unreadBytes,
            events: index.state.events)
    }

    /// Whether to look for the snapshot of a session that is not folded yet.
    /// - Parameter known: its row of the catalogue.
    func mayHaveSnapshot(_ listing: SessionListing, _ known: CatalogRecord?) -> Bool {
        isLarge(
            files: listing.segments.count, bytes: listing.bytes,
            events: known?.entry.eventCount ?? 0)
    }

    /// Whether the session is folded in less time than its folder takes to open again.
    func isSmall(_ listing: SessionListing) -> Bool {
        !isLarge(files: listing.segments.count, bytes: listing.bytes, events: 0)
    }

    func needsSnapshot(_ record: CatalogRecord) -> Bool {
        isLarge(
            files: record.segments, bytes: record.entry.foldedBytes + record.entry.unreadBytes,
            events: record.entry.eventCount)
    }

    private func isLarge(files: Int, bytes: Int, events: Int) -> Bool {
        files > maxSmallFiles || bytes > maxSmallBytes || events > maxSmallEvents
    }
}
