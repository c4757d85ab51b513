package import TrackerAnalysis
import TrackerIndexer
package import TrackerLog

/// Two groups of runs and what comparing them says: what the page of a comparison shows.
package struct CompareModel: Sendable {
    /// A session or run of a group: it has a page.
    package struct Part: Sendable, Hashable {
        package var user: UserID
        package var session: SessionID
        /// `nil` is the session as a whole.
        package var run: String?

        package init(user: UserID, session: SessionID, run: String?) {
            self.user = user
            self.session = session
            self.run = run
        }

        /// Its name in the list, with the run.
        func title(in catalog: Catalog) -> String {
            let entry = catalog.entries.first { $0.session == session && $0.user == user }
            return (entry?.title ?? session.value) + (run.map { "#\($0)" } ?? "")
        }
    }

    /// One of several groups, compared with A.
    package struct OfMany: Sendable {
        package enum Result: Sendable {
            case comparison(Comparison)
            /// Why there is none.
            case problem(String)
        }

        var name: String
        var result: Result

        package init(name: String, result: Result) {
            self.name = name
            self.result = result
        }
    }

    /// One of the two groups.
    struct Side: Sendable {
        var name: String
        var parts: [Part]
        var group: ComparisonGroup
        /// The samples of the metric that succeeded; `nil` where it was reported.
        var total: Population?

        var commits: [String] { group.runs.compactMap(\.commit).distinctSorted }
        var started: Timestamp? { group.runs.compactMap(\.started).min() }
    }

    package let query: CompareQuery
    package let answer: ComparisonAnswer
    let a: Side
    let b: Side
    /// Each group of B, where there are several.
    package var each: [OfMany] = []
    /// Measured in both groups.
    let metrics: [String]
    /// What the reading of the groups has to say.
    let warnings: [String]
    let curves: AlignedCurves?
    /// Which part moved the whole; `nil` where no label cuts it into parts.
    let changeParts: ChangeParts?

    /// - Parameter parts: the sessions of A and B that have a page.
    package init(
        _ query: CompareQuery, a: ComparisonGroup, b: ComparisonGroup,
        parts: (a: [Part], b: [Part]), answer: ComparisonAnswer, warnings: [String]
    ) throws {
        self.query = query
        self.answer = answer
        self.warnings = warnings
        let metric = answer.main.metric
        let common = Comparison.commonMetrics(a, b)
        metrics = common.filter { $0.isExactly(metric) } + common.filter { !$0.isExactly(metric) }
        let units = try ComparisonUnits(metric, a, b)
        self.a = Self.side(units.a, parts.a, metric)
        self.b = Self.side(units.b, parts.b, metric)
        changeParts = ChangeParts(a, b, of: answer.main)
        curves =
            answer.main.isReported ? nil : AlignedCurves(units.a, units.b, metric: metric)
    }

    private static func side(_ group: ComparisonGroup, _ parts: [Part], _ metric: String) -> Side {
        Side(name: group.name, parts: parts, group: group, total: group.successes(of: metric))
    }

    var main: Comparison { answer.main }

    /// For programs: as `tracker compare --json`.
    package var json: JSONValue { answer.json(changeParts) }

    /// The same with A and B in each other's place.
    var swapped: CompareQuery {
        var query = query
        (query.a, query.b) = (query.b.first, query.a.map { [$0] } ?? [])
        return query
    }

    func with(metric: String?) -> CompareQuery {
        var query = query
        query.metric = metric
        return query
    }
}

/// A percentile of two groups over the time since the start of their runs.
struct AlignedCurves: Sendable {
    struct Point: Sendable, Hashable {
        /// Since the start of the run.
        var startMs: Double
        var endMs: Double
        var value: Double
        var count: Int
        /// Whether the whole group has too few samples.
        var isFew: Bool

        var middleMs: Double { (startMs + endMs) / 2 }
        var lengthMs: Double { endMs - startMs }
    }

    /// Of most columns: one with too few samples is taken together with its neighbours.
    private(set) var columnMs: Double
    /// The percentile that a column of most has enough samples for.
    private(set) var quantile: Double
    private(set) var a: [Point] = []
    private(set) var b: [Point] = []

    /// Of the percentile.
    var name: String { QuantileMark.names.first { $0.1 == quantile }?.0 ?? "p50" }

    private static let fewestColumns = 20.0

    /// Samples of all runs of a group at the same time since their start are taken together.
    /// - Returns: `nil` where a group has no course over time.
    init?(_ groupA: ComparisonGroup, _ groupB: ComparisonGroup, metric: String) {
        let pieces = [groupA, groupB].map { Self.pieces($0, metric) }
        guard pieces.allSatisfy({ !$0.isEmpty }) else { return nil }
        let widthMs = pieces.joined().map(\.widthMs).max() ?? 1_000
        let endMs = pieces.joined().map { $0.offsetMs + $0.widthMs }.max() ?? widthMs
        var columns = (endMs / widthMs / Double(ViewLimits.maxAlignedColumns)).rounded(.up)
        let perMs =
            pieces.map { list in
                list.reduce(0) { $0 + Double($1.aggregate.successes.count) }
                    / max(list.map { $0.offsetMs + $0.widthMs }.max() ?? endMs, 1)
            }.min() ?? 0
        // As fine as there are enough samples beyond the percentile; a lower one rather than a few
        // columns.
        quantile = 0.5
        for q in [0.99, 0.9] {
            let wide = (Double(NearestRank.samplesNeeded(beyond: q)) / max(perMs * widthMs, 1e-9))
                .rounded(.up)
            if wide * widthMs * Self.fewestColumns <= endMs {
                quantile = q
                columns = max(columns, wide)
                break
            }
        }
        columnMs = max(columns, 1) * widthMs
        a = curve(pieces[0])
        b = curve(pieces[1])
        guard !a.isEmpty, !b.isEmpty else { return nil }
    }

    private struct Piece {
        var offsetMs: Double
        var widthMs: Double
        var aggregate: Aggregate
    }

    private static func pieces(_ group: ComparisonGroup, _ metric: String) -> [Piece] {
        group.runs.flatMap { run -> [Piece] in
            guard !WorkBudget.isOver(after: run.timelines.count),
                let timeline = run.timeline(of: metric), let first = timeline.buckets.first
            else { return [] }
            let startMs = run.started?.milliseconds ?? Double(first.startMs)
            return timeline.buckets.map {
                Piece(
                    offsetMs: max(0, Double($0.startMs) - startMs),
                    widthMs: Double(timeline.bucketWidthMs), aggregate: $0.aggregate)
            }
        }
    }

    private func curve(_ pieces: [Piece]) -> [Point] {
        var columns: [Int: [Aggregate]] = [:]
        for piece in pieces {
            columns[Int(piece.offsetMs / columnMs), default: []].append(piece.aggregate)
        }
        let inOrder = columns.sorted { $0.key < $1.key }.map { column, parts in
            (column: column, values: Aggregate.merged(parts)?.successes ?? .none)
        }
        return NearestRank.ranges(of: inOrder.map(\.values.count), beyond: quantile).compactMap {
            let part = inOrder[$0]
            let all = Population.merged(part.map(\.values))
            guard let first = part.first, let last = part.last, let value = all.quantile(quantile)
            else { return nil }
            return Point(
                startMs: Double(first.column) * columnMs, endMs: Double(last.column + 1) * columnMs,
                value: value, count: all.count, isFew: all.hasFewSamples(beyond: quantile))
        }
    }
}
