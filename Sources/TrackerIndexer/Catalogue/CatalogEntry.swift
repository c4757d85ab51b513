package import TrackerLog

/// One row of the session list.
///
/// A value whose copies share one object until one of them is changed: a server has a hundred
/// thousand rows in several lists.
package struct CatalogEntry: Sendable, Hashable {
    private var shared: Shared
    /// Bytes that are known to be in its files and are not folded. The numbers of the row do not
    /// contain them. Beside the row, so that a mark copies none.
    package var unreadBytes: Int = 0

    /// Only the value that is its only owner changes it.
    private final class Shared: @unchecked Sendable {
        var row: Row

        init(_ row: Row) { self.row = row }
    }

    /// What a row holds.
    private struct Row: Sendable, Hashable {
        var user: UserID
        var session: SessionID
        var name: String?
        var tags: [String]
        var isArchived: Bool
        var isRunning: Bool
        var isUnfinished: Bool = false
        var targets: [String]
        var commits: [String] = []
        var tests: [String] = []
        var unkeptNames: Int = 0
        var conditions: String?
        var runCount: Int
        var first: Timestamp?
        var last: Timestamp?
        var eventCount: Int
        var headline: Headline?
        var reported: ReportedHeadline?
        var badRegionCount: Int
        var badLineCount: Int
        var missingFrames: Int
        var lost: Loss?
        var foldedBytes: Int = 0
        var failure: String?
    }

    package init(
        user: UserID,
        session: SessionID,
        name: String? = nil,
        tags: [String],
        isArchived: Bool,
        isRunning: Bool,
        targets: [String],
        runCount: Int,
        first: Timestamp? = nil,
        last: Timestamp? = nil,
        eventCount: Int,
        headline: Headline? = nil,
        badRegionCount: Int,
        badLineCount: Int,
        missingFrames: Int
    ) {
        shared = Shared(
            Row(
                user: user, session: session, name: name, tags: tags, isArchived: isArchived,
                isRunning: isRunning, targets: targets, runCount: runCount, first: first,
                last: last, eventCount: eventCount, headline: headline,
                badRegionCount: badRegionCount, badLineCount: badLineCount,
                missingFrames: missingFrames))
    }

    package static func == (a: CatalogEntry, b: CatalogEntry) -> Bool {
        a.unreadBytes == b.unreadBytes
            && (a.shared === b.shared || a.shared.row == b.shared.row)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(shared.row)
        hasher.combine(unreadBytes)
    }

    /// See `LostRecords`.
    package struct Loss: Sendable, Hashable {
        package var events: Int
        /// 0 to 1.
        package var share: Double
        /// For people, in a few words.
        package var text: String
    }

    package struct Headline: Sendable, Hashable {
        package var metric: String
        package var unit: String?
        /// See `MetricMeaning`; `nil` where nothing tells.
        package var kind: String?
        package var better: String?
        package var count: Int
        package var errors: Int
        /// Values that p50 and p99 are taken from: see `Aggregate.successes`.
        package var successes: Int
        /// Successes per second of activity, as the catalogue keeps it: 0 also where it is not
        /// known.
        package var perSecond: Double
        /// Of the successes; `nil` if there are none.
        package var p50: Double?
        package var p99: Double?
        /// p99 over time, at most `IndexLimits.sparklinePoints` points.
        package var p99OverTime: [Double]

        package init(
            metric: String,
            unit: String? = nil,
            count: Int,
            errors: Int,
            successes: Int,
            perSecond: Double,
            p50: Double?,
            p99: Double?,
            p99OverTime: [Double]
        ) {
            self.metric = metric
            self.unit = unit
            self.count = count
            self.errors = errors
            self.successes = successes
            self.perSecond = perSecond
            self.p50 = p50
            self.p99 = p99
            self.p99OverTime = p99OverTime
        }
    }
}

extension CatalogEntry.Headline {
    /// Whether a rate, percentiles and errors are what a person asks of it.
    package var isDuration: Bool {
        kind.map { $0.isExactly(MetricMeaning.Kind.duration.rawValue) }
            ?? (MetricMeaning(metric: metric, unit: unit).kind == .duration)
    }
    /// Successes per second; `nil` where some succeeded and it is not known in which time.
    package var throughput: Double? { perSecond == 0 && count > errors ? nil : perSecond }
    /// Samples of anything else come as often as they are taken, which is no throughput.
    package var requestsPerSecond: Double? { isDuration ? throughput : nil }
}

/// Each property has its own accessors: one look-up by key path for all of them makes a list of ten
/// thousand sessions take twice the time.
extension CatalogEntry {
    /// A value that is changed has its row for itself.
    private var row: Row {
        _read { yield shared.row }
        _modify {
            if !isKnownUniquelyReferenced(&shared) { shared = Shared(shared.row) }
            yield &shared.row
        }
    }
    package var user: UserID {
        get { row.user }
        set { row.user = newValue }
    }
    package var session: SessionID {
        get { row.session }
        set { row.session = newValue }
    }
    package var name: String? {
        get { row.name }
        set { row.name = newValue }
    }
    package var tags: [String] {
        get { row.tags }
        set { row.tags = newValue }
    }
    package var isArchived: Bool {
        get { row.isArchived }
        set { row.isArchived = newValue }
    }
    package var isRunning: Bool {
        get { row.isRunning }
        set { row.isRunning = newValue }
    }

    /// Whether a run has no end and can get none: see `RunSummary.State.unfinished`.
    package var isUnfinished: Bool {
        get { row.isUnfinished }
        set { row.isUnfinished = newValue }
    }

    /// Distinct targets, sorted.
    package var targets: [String] {
        get { row.targets }
        set { row.targets = newValue }
    }

    /// Distinct commits and tests of the session and its runs, sorted.
    package var commits: [String] {
        get { row.commits }
        set { row.commits = newValue }
    }
    package var tests: [String] {
        get { row.tests }
        set { row.tests = newValue }
    }

    /// Targets, commits, tests and tags that are not in the row: see
    /// `IndexLimits.maxRowNameBytes`.
    package var unkeptNames: Int {
        get { row.unkeptNames }
        set { row.unkeptNames = newValue }
    }

    /// Whether the session may have the target.
    package func mayHave(target: String) -> Bool {
        unkeptNames > 0 || targets.contains(where: target.isExactly)
    }

    /// Equal for sessions that were measured alike: see `LikeConditions`.
    package var conditions: String? {
        get { row.conditions }
        set { row.conditions = newValue }
    }
    package var runCount: Int {
        get { row.runCount }
        set { row.runCount = newValue }
    }
    package var first: Timestamp? {
        get { row.first }
        set { row.first = newValue }
    }
    package var last: Timestamp? {
        get { row.last }
        set { row.last = newValue }
    }
    package var eventCount: Int {
        get { row.eventCount }
        set { row.eventCount = newValue }
    }

    /// The numbers of the headline metric: the latency with the most samples.
    package var headline: Headline? {
        get { row.headline }
        set { row.headline = newValue }
    }

    /// What its runs reported, where nothing was measured.
    package var reported: ReportedHeadline? {
        get { row.reported }
        set { row.reported = newValue }
    }
    package var badRegionCount: Int {
        get { row.badRegionCount }
        set { row.badRegionCount = newValue }
    }
    package var badLineCount: Int {
        get { row.badLineCount }
        set { row.badLineCount = newValue }
    }
    package var missingFrames: Int {
        get { row.missingFrames }
        set { row.missingFrames = newValue }
    }

    /// Which part of its records is missing; `nil` when none is.
    package var lost: Loss? {
        get { row.lost }
        set { row.lost = newValue }
    }

    /// Bytes of its files up to which it is folded, damage included.
    package var foldedBytes: Int {
        get { row.foldedBytes }
        set { row.foldedBytes = newValue }
    }

    /// Why the newest run failed, in a few words; `nil` if it did not.
    package var failure: String? {
        get { row.failure }
        set { row.failure = newValue }
    }
}
