package import TrackerLog

/// One row of the session list.
///
/// A value whose copies share one object until one of them is changed: a server has a hundred
/// thousand rows in several lists.
package struct CatalogEntry: Sendable, Hashable {
    private var shared: Shared

    /// Only the value that is its only owner changes it.
    private final class Shared: @unchecked Sendable {
        var row: Row

        init(_ row: Row) { self.row = row }
    }

    private struct Row: Hashable {
        var user: UserID
        var session: SessionID
        var name: String?
        var tags: [String]
        var isArchived: Bool
        var isRunning: Bool
        var targets: [String]
        var commits: [String] = []
        var tests: [String] = []
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
        var unreadBytes: Int = 0
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
        a.shared === b.shared || a.shared.row == b.shared.row
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(shared.row) }

    /// Makes this value the only owner of its object.
    private mutating func detach() {
        if !isKnownUniquelyReferenced(&shared) { shared = Shared(shared.row) }
    }

    package var user: UserID {
        get { shared.row.user }
        set {
            detach()
            shared.row.user = newValue
        }
    }
    package var session: SessionID {
        get { shared.row.session }
        set {
            detach()
            shared.row.session = newValue
        }
    }
    package var name: String? {
        get { shared.row.name }
        set {
            detach()
            shared.row.name = newValue
        }
    }
    package var tags: [String] {
        get { shared.row.tags }
        set {
            detach()
            shared.row.tags = newValue
        }
    }
    package var isArchived: Bool {
        get { shared.row.isArchived }
        set {
            detach()
            shared.row.isArchived = newValue
        }
    }
    package var isRunning: Bool {
        get { shared.row.isRunning }
        set {
            detach()
            shared.row.isRunning = newValue
        }
    }
    /// Distinct targets, sorted.
    package var targets: [String] {
        get { shared.row.targets }
        set {
            detach()
            shared.row.targets = newValue
        }
    }
    /// Distinct commits and tests of the session and its runs, sorted.
    package var commits: [String] {
        get { shared.row.commits }
        set {
            detach()
            shared.row.commits = newValue
        }
    }
    package var tests: [String] {
        get { shared.row.tests }
        set {
            detach()
            shared.row.tests = newValue
        }
    }
    /// Equal for sessions that were measured alike: see `LikeConditions`.
    package var conditions: String? {
        get { shared.row.conditions }
        set {
            detach()
            shared.row.conditions = newValue
        }
    }
    package var runCount: Int {
        get { shared.row.runCount }
        set {
            detach()
            shared.row.runCount = newValue
        }
    }
    package var first: Timestamp? {
        get { shared.row.first }
        set {
            detach()
            shared.row.first = newValue
        }
    }
    package var last: Timestamp? {
        get { shared.row.last }
        set {
            detach()
            shared.row.last = newValue
        }
    }
    package var eventCount: Int {
        get { shared.row.eventCount }
        set {
            detach()
            shared.row.eventCount = newValue
        }
    }
    /// The numbers of the headline metric: the latency with the most samples.
    package var headline: Headline? {
        get { shared.row.headline }
        set {
            detach()
            shared.row.headline = newValue
        }
    }
    /// What its runs reported, where nothing was measured.
    package var reported: ReportedHeadline? {
        get { shared.row.reported }
        set {
            detach()
            shared.row.reported = newValue
        }
    }
    package var badRegionCount: Int {
        get { shared.row.badRegionCount }
        set {
            detach()
            shared.row.badRegionCount = newValue
        }
    }
    package var badLineCount: Int {
        get { shared.row.badLineCount }
        set {
            detach()
            shared.row.badLineCount = newValue
        }
    }
    package var missingFrames: Int {
        get { shared.row.missingFrames }
        set {
            detach()
            shared.row.missingFrames = newValue
        }
    }
    /// Which part of its records is missing; `nil` when none is.
    package var lost: Loss? {
        get { shared.row.lost }
        set {
            detach()
            shared.row.lost = newValue
        }
    }
    /// Bytes of its files up to which it is folded, damage included.
    package var foldedBytes: Int {
        get { shared.row.foldedBytes }
        set {
            detach()
            shared.row.foldedBytes = newValue
        }
    }
    /// Bytes that are known to be in its files and are not folded. The numbers of the row do not
    /// contain them.
    package var unreadBytes: Int {
        get { shared.row.unreadBytes }
        set {
            detach()
            shared.row.unreadBytes = newValue
        }
    }
    /// Why the newest run failed, in a few words; `nil` if it did not.
    package var failure: String? {
        get { shared.row.failure }
        set {
            detach()
            shared.row.failure = newValue
        }
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
        /// Throughput: successes per second of activity.
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
