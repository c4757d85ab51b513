import TrackerLog

/// The starts and ends of the runs of a session, within limits that do not depend on order.
///
/// ```
/// rank   0 ─────────── firstShortRank ─────────── the 10,000th run ───────
///      whole details            short ones              nothing
/// ```
///
/// Kept are the `IndexLimits.maxRunsPerSession` runs of lowest rank (see `SeriesTable`). Those
/// whose details come first in this order and fit into `IndexLimits.maxDetailBytesPerSession`
/// together have them whole. Both bounds only fall, so that what is whole never lost a detail.
struct RunTable {
    private(set) var facts: [ExactText: RunFacts] = [:]
    /// Runs of this rank or a higher one have short details.
    private(set) var firstShortRank: UInt64?
    /// Of the runs with whole details.
    private(set) var detailBytes = 0

    subscript(run: ExactText) -> RunFacts? { facts[run] }

    /// Adds to what is known of a run.
    mutating func change(_ run: String, _ body: (inout RunFacts) -> Void) {
        change(ExactText(run), body)
        if facts.count >= 2 * IndexLimits.maxRunsPerSession
            || detailBytes >= 2 * IndexLimits.maxDetailBytesPerSession
        {
            cut()
        }
    }

    private mutating func change(_ run: ExactText, _ body: (inout RunFacts) -> Void) {
        let isShort = firstShortRank.map { Self.place(of: run).rank >= $0 } ?? false
        detailBytes += Self.change(&facts[run, default: RunFacts()], isShort: isShort, body)
    }

    /// - Returns: by how much the whole details have grown.
    private static func change(
        _ facts: inout RunFacts, isShort: Bool, _ body: (inout RunFacts) -> Void
    ) -> Int {
        let before = facts.detailBytes
        body(&facts)
        guard isShort else { return facts.detailBytes - before }
        facts.shorten()
        return 0
    }

    mutating func merge(_ other: RunTable) {
        if let rank = other.firstShortRank { shorten(from: rank) }
        for (run, facts) in other.facts { change(run.text) { $0.merge(facts) } }
    }

    /// Enforces all limits.
    mutating func cut() {
        let limit = IndexLimits.maxRunsPerSession
        if facts.count > limit {
            let kept = places.prefix(limit)
            facts = Dictionary(
                uniqueKeysWithValues: kept.map { ($0.run, facts[$0.run] ?? .init()) })
            // Counted anew in any case: with the bytes of runs that are gone, each further event
            // would end in a cut that finds nothing to do.
            shorten(from: firstShortRank)
        }
        shortenExcess()
        // What is beyond the runs that are kept is no bound.
        if let rank = firstShortRank, let highest, highest.rank < rank { firstShortRank = nil }
    }

    private mutating func shortenExcess() {
        let limit = IndexLimits.maxDetailBytesPerSession
        guard detailBytes > limit else { return }
        var bytes = 0
        let first = places.first { place in
            guard place.rank < firstShortRank ?? .max else { return true }
            bytes += facts[place.run]?.detailBytes ?? 0
            return bytes > limit
        }
        if let first { shorten(from: min(first.rank, firstShortRank ?? .max)) }
    }

    /// - Parameter rank: `nil` leaves the details of all runs as they are.
    private mutating func shorten(from rank: UInt64?) {
        firstShortRank = [rank, firstShortRank].compactMap(\.self).min()
        var bytes = 0
        for run in facts.keys {
            if let firstShortRank, Self.place(of: run).rank >= firstShortRank {
                facts[run]?.shorten()
            } else {
                bytes += facts[run]?.detailBytes ?? 0
            }
        }
        detailBytes = bytes
    }

    private var places: [(rank: UInt64, run: ExactText)] {
        facts.keys.map { Self.place(of: $0) }.sorted(by: <)
    }

    /// Where a run stands in the order in which runs are kept.
    static func place(of run: ExactText) -> (rank: UInt64, run: ExactText) {
        (SeriesKey(run: run.text, metric: "", labels: []).rank, run)
    }

    /// The last run that is kept, once there are as many as may be: behind it no start and no end
    /// is known. `nil` while there are fewer.
    var highest: (rank: UInt64, run: ExactText)? {
        guard facts.count >= IndexLimits.maxRunsPerSession else { return nil }
        return facts.keys.map { Self.place(of: $0) }.max(by: <)
    }

    mutating func restore(firstShortRank: UInt64?) {
        if let firstShortRank { shorten(from: firstShortRank) }
    }

    /// - Returns: whether the run is known.
    mutating func restore(_ run: ExactText, _ body: (inout RunFacts) -> Void) -> Bool {
        guard facts[run] != nil else { return false }
        change(run, body)
        return true
    }
}
