package import TrackerLog

/// One row of the session list.
///
/// A value whose copies share one object until one of them is changed: a server has a hundred
/// thousand rows in several lists.
@dynamicMemberLookup package struct CatalogEntry: Sendable, Hashable {
    private var shared: Shared

    /// Only the value that is its only owner changes it.
    private final class Shared: @unchecked Sendable {
        var row: Row

        init(_ row: Row) { self.row = row }
    }

    /// What a row holds: each is a property of the entry as well.
    package struct Row: Sendable, Hashable {
        package var user: UserID
        package var session: SessionID
        package var name: String?
        package var tags: [String]
        package var isArchived: Bool
        package var isRunning: Bool
        /// Distinct targets, sorted.
        package var targets: [String]
        /// Distinct commits and tests of the session and its runs, sorted.
        package var commits: [String] = []
        package var tests: [String] = []
        /// Equal for sessions that were measured alike: see `LikeConditions`.
        package var conditions: String?
        package var runCount: Int
        package var first: Timestamp?
        package var last: Timestamp?
        package var eventCount: Int
        /// The numbers of the headline metric: the latency with the most samples.
        package var headline: Headline?
        /// What its runs reported, where nothing was measured.
        package var reported: ReportedHeadline?
        package var badRegionCount: Int
        package var badLineCount: Int
        package var missingFrames: Int
        /// Which part of its records is missing; `nil` when none is.
        package var lost: Loss?
        /// Bytes of its files up to which it is folded, damage included.
        package var foldedBytes: Int = 0
        /// Bytes that are known to be in its files and are not folded. The numbers of the row do
        /// not contain them.
        package var unreadBytes: Int = 0
        /// Why the newest run failed, in a few words; `nil` if it did not.
        package var failure: String?
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

    /// A value that is changed has its row for itself.
    package subscript<Value>(dynamicMember member: WritableKeyPath<Row, Value>) -> Value {
        get { shared.row[keyPath: member] }
        set {
            if !isKnownUniquelyReferenced(&shared) { shared = Shared(shared.row) }
            shared.row[keyPath: member] = newValue
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

extension CatalogEntry.Headline {
    /// Whether a rate, percentiles and errors are what a person asks of it.
    package var isDuration: Bool {
        kind.map { $0.isExactly(MetricMeaning.Kind.duration.rawValue) }
            ?? (MetricMeaning(metric: metric, unit: unit).kind == .duration)
    }
    /// Samples of anything else come as often as they are taken, which is no throughput.
    package var requestsPerSecond: Double? { isDuration ? perSecond : nil }
}
