/// One label of a sample: a name and a value, compared by their bytes.
public struct Label: Sendable, Hashable, Comparable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    public static func == (a: Label, b: Label) -> Bool {
        a.name.isExactly(b.name) && a.value.isExactly(b.value)
    }

    public static func < (a: Label, b: Label) -> Bool {
        (ExactText(a.name), ExactText(a.value)) < (ExactText(b.name), ExactText(b.value))
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(ExactText(name))
        hasher.combine(ExactText(value))
    }
}

/// One measured value, for example the latency of one request.
public struct Sample: Sendable, Hashable {
    public var timestamp: Timestamp
    /// 1 to 128 characters, for example `http.latency_ms`.
    public var metric: String
    /// A finite number in `unit`.
    public var value: Double
    public var unit: String?
    public var run: String?
    /// At most `LogLimits.maxLabels`.
    public var labels: [Label]
    /// Whether the request succeeded; `nil` leaves the decision to the label `status`.
    public var ok: Bool?

    public init(
        timestamp: Timestamp, metric: String, value: Double, unit: String? = nil,
        run: String? = nil, labels: [Label] = [], ok: Bool? = nil
    ) {
        self.timestamp = timestamp
        self.metric = metric
        self.value = value
        self.unit = unit
        self.run = run
        self.labels = labels
        self.ok = ok
    }
}

/// Many samples of one metric, already aggregated into the buckets of `docs/FORMAT.md` section 5.
public struct Distribution: Sendable, Hashable {
    public var timestamp: Timestamp
    public var metric: String
    /// `(bucket, count)`, every bucket once, counts positive.
    public var histogram: [BucketCount]
    public var count: Int
    public var sum: Double
    /// The sum of the samples without rounding, as the fold adds them: see `docs/FORMAT.md`.
    package var exactSum: String?
    public var min: Double
    public var max: Double
    public var errors: Int
    /// Length of the interval that these samples cover, in milliseconds.
    public var durationMs: Double?
    public var unit: String?
    public var run: String?
    public var labels: [Label]

    public init(
        timestamp: Timestamp, metric: String, histogram: [BucketCount], count: Int, sum: Double,
        min: Double, max: Double, errors: Int = 0, durationMs: Double? = nil,
        unit: String? = nil, run: String? = nil, labels: [Label] = []
    ) {
        self.timestamp = timestamp
        self.metric = metric
        self.histogram = histogram
        self.count = count
        self.sum = sum
        self.min = min
        self.max = max
        self.errors = errors
        self.durationMs = durationMs
        self.unit = unit
        self.run = run
        self.labels = labels
    }
}

/// The number of values in one bucket.
public struct BucketCount: Sendable, Hashable {
    public var bucket: Int32
    public var count: UInt64

    public init(bucket: Int32, count: UInt64) {
        self.bucket = bucket
        self.count = count
    }

    /// The buckets of finite values.
    static let buckets = -Int(Bucket.maxIndex)...Int(Bucket.maxIndex)

    /// The sum of all counts; `nil` on overflow.
    static func total(_ histogram: [BucketCount]) -> UInt64? {
        var total: UInt64 = 0
        for bucket in histogram {
            let (sum, isTooMuch) = total.addingReportingOverflow(bucket.count)
            if isTooMuch { return nil }
            total = sum
        }
        return total
    }
}

/// Metadata of a session.
public struct SessionEvent: Sendable, Hashable {
    public var timestamp: Timestamp
    public var name: String?
    public var user: String?
    public var host: String?
    public var commit: String?
    public var labels: [Label]
    /// What the session's metrics are, each name once.
    public var metrics: [MetricDeclaration]
    /// Fields of `metrics` in the line that were not valid, and left out.
    package var ignoredFields = 0

    public init(
        timestamp: Timestamp, name: String? = nil, user: String? = nil, host: String? = nil,
        commit: String? = nil, labels: [Label] = [], metrics: [MetricDeclaration] = []
    ) {
        self.timestamp = timestamp
        self.name = name
        self.user = user
        self.host = host
        self.commit = commit
        self.labels = labels
        self.metrics = metrics
    }
}

/// A load test begins.
public struct RunStarted: Sendable, Hashable {
    public var timestamp: Timestamp
    public var run: String
    /// The kind of test (the guide's `challengeType`).
    public var test: String?
    /// The tested system, usually a URL.
    public var target: String?
    /// The settings of the test: rate, connections, duration, method. An object.
    public var params: JSONValue
    public var commit: String?
    /// Host, cores, kernel and similar facts. An object.
    public var environment: JSONValue
    /// What the session's metrics are, each name once.
    public var metrics: [MetricDeclaration]
    /// Fields of `metrics` in the line that were not valid, and left out.
    package var ignoredFields = 0

    public init(
        timestamp: Timestamp, run: String, test: String? = nil, target: String? = nil,
        params: JSONValue = .emptyObject, commit: String? = nil,
        environment: JSONValue = .emptyObject, metrics: [MetricDeclaration] = []
    ) {
        self.timestamp = timestamp
        self.run = run
        self.test = test
        self.target = target
        self.params = params
        self.commit = commit
        self.environment = environment
        self.metrics = metrics
    }
}

/// A load test has ended.
public struct RunFinished: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        case finished, failed, stopped
    }

    public var timestamp: Timestamp
    public var run: String
    public var state: State
    /// The tool's own report; never mixed with the tracker's measurements. An object.
    public var summary: JSONValue

    public init(
        timestamp: Timestamp, run: String, state: State, summary: JSONValue = .emptyObject
    ) {
        self.timestamp = timestamp
        self.run = run
        self.state = state
        self.summary = summary
    }
}

/// A note or change by a person: an event like any other, so that it has a time and can be merged.
public struct Edit: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case note, tag, untag, rename, archive, restore, baseline
        /// Leaves the run out of comparisons, trends and gates; its text is the reason.
        case leftOut = "left_out"
        /// Takes a run in again that was left out.
        case takenIn = "taken_in"
        /// Takes back the edit whose id is `undoes`.
        case undo
        /// Attaches the profile whose hash is `profile`; its text says what it is of.
        case profile

        /// `event` of its line. The kinds that came later are notes with one more field: a program
        /// that does not know the field shows their text.
        package var event: String {
            switch self {
            case .leftOut, .takenIn, .undo, .profile: Kind.note.rawValue
            case .note, .tag, .untag, .rename, .archive, .restore, .baseline: rawValue
            }
        }

        /// - Returns: `nil` for the name of no event.
        init?(event: String) {
            guard let kind = Kind(rawValue: event), kind.event == event else { return nil }
            self = kind
        }
    }

    public var timestamp: Timestamp
    public var kind: Kind
    /// The `text` of a note, the `tag`, or the new `name`; empty where the kind needs none.
    public var text: String
    /// The run that it refers to; `nil` for the session.
    public var run: String?
    /// The time range that it refers to.
    public var from: Timestamp?
    public var to: Timestamp?
    /// Its own name, unique in the session: an edit with one can be taken back.
    public var id: String?
    /// Who made it.
    public var by: String?
    /// The `id` of the edit that an `undo` takes back; `nil` for other kinds.
    public var undoes: String?
    /// The SHA-256 of an attached profile, 64 hex digits; `nil` for other kinds.
    public var profile: String?

    public init(
        timestamp: Timestamp, kind: Kind, text: String = "", run: String? = nil,
        from: Timestamp? = nil, to: Timestamp? = nil, id: String? = nil, by: String? = nil,
        undoes: String? = nil, profile: String? = nil
    ) {
        self.timestamp = timestamp
        self.kind = kind
        self.text = text
        self.run = run
        self.from = from
        self.to = to
        self.id = id
        self.by = by
        self.undoes = undoes
        self.profile = profile
    }
}

extension Edit {
    /// Digits of a SHA-256 in hex.
    private static let hashDigits = 64

    /// Whether a text can be the name of a profile: 64 digits, in lower case.
    package static func isProfileHash(_ text: String) -> Bool {
        text.utf8.count == hashDigits
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

/// One line of the log.
public enum Event: Sendable, Hashable {
    case sample(Sample)
    case distribution(Distribution)
    case session(SessionEvent)
    case runStarted(RunStarted)
    case runFinished(RunFinished)
    case edit(Edit)

    public var timestamp: Timestamp {
        switch self {
        case .sample(let event): event.timestamp
        case .distribution(let event): event.timestamp
        case .session(let event): event.timestamp
        case .runStarted(let event): event.timestamp
        case .runFinished(let event): event.timestamp
        case .edit(let event): event.timestamp
        }
    }
}
