package import TrackerIndexer

/// The list of all sessions, newest first.
/// - Parameter nowMs: Unix milliseconds of this rendering: for "today" and for how fresh the index is.
package func sessionListPage(
    _ catalog: Catalog, query: SessionListQuery, nowMs: Double
) -> [UInt8] {
    HTMLWriter().bytes
}

/// One session: its numbers, curves, tables, notes and what is wrong with its data.
package func sessionPage(
    _ session: PublishedSession, catalog: Catalog, query: SessionQuery, nowMs: Double
) -> [UInt8] {
    HTMLWriter().bytes
}

/// A page that says what went wrong and what to do.
package func errorPage(status: Int, title: String, advice: String) -> [UInt8] {
    HTMLWriter().bytes
}
