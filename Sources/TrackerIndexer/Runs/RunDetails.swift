package import TrackerLog

/// What is in the log of the details of runs, and not in the index: see
/// `IndexLimits.maxDetailBytesPerSession`.
package struct UnkeptDetails: Sendable, Equatable {
    /// Members of objects, and texts.
    package var values = 0
    /// Of their JSON.
    package var bytes = 0

    package init(values: Int = 0, bytes: Int = 0) {
        self.values = values
        self.bytes = bytes
    }

    package static func + (a: Self, b: Self) -> Self {
        Self(values: a.values + b.values, bytes: SaturatingCount.sum(a.bytes, b.bytes))
    }

    package var isEmpty: Bool { values == 0 }

    /// For people.
    package var text: String {
        let limit = IndexLimits.maxDetailBytesPerSession >> 20
        return "\(NumberFormat.grouped.count(values)) values of the details of runs with"
            + " \(NumberFormat.grouped.count(bytes)) bytes are left out: the details of all runs"
            + " take more than \(limit) MiB; `tracker cat` has them"
    }

    /// `null` where nothing is left out.
    package var json: JSONValue {
        isEmpty
            ? .null
            : .object([.init("values", .integer(values)), .init("bytes", .integer(bytes))])
    }
}

/// The start or the end of a run.
protocol RunEvent: Sendable {
    var timestamp: Timestamp { get }
    var event: Event { get }
    /// What its details take in memory, about.
    var detailBytes: Int { get }
    /// Takes the texts and objects with details out of it, or puts them back, in a fixed order.
    mutating func pass(_ details: inout DetailCutter)
}

extension RunStarted: RunEvent {
    var event: Event { .runStarted(self) }

    var detailBytes: Int {
        [test, target, commit].reduce(params.detailBytes + environment.detailBytes) {
            $0 + ($1?.utf8.count ?? 0)
        }
    }

    mutating func pass(_ details: inout DetailCutter) {
        details.pass(&test)
        details.pass(&target)
        details.pass(&commit)
        details.pass(&params)
        details.pass(&environment)
    }
}

extension RunFinished: RunEvent {
    var event: Event { .runFinished(self) }
    var detailBytes: Int { summary.detailBytes }

    mutating func pass(_ details: inout DetailCutter) { details.pass(&summary) }
}

extension JSONValue {
    /// What it takes in memory, about: its texts, and `IndexLimits.bytesPerDetail` for each value.
    var detailBytes: Int {
        let own = IndexLimits.bytesPerDetail
        return switch self {
        case .null, .bool: own
        case .number(let text), .string(let text): own + text.utf8.count
        case .array(let elements): elements.reduce(own) { $0 + $1.detailBytes }
        case .object(let members):
            members.reduce(own) { $0 + $1.key.utf8.count + $1.value.detailBytes }
        }
    }
}

/// Leaves out what does not fit into `IndexLimits.maxShortDetailBytes`.
struct DetailCutter {
    private var room = IndexLimits.maxShortDetailBytes - 2 * IndexLimits.bytesPerDetail
    private(set) var unkept = UnkeptDetails()

    mutating func pass(_ text: inout String?) {
        guard let known = text, !fits(known.utf8.count) else { return }
        leaveOut(.string(known))
        text = nil
    }

    mutating func pass(_ object: inout JSONValue) {
        guard let members = object.objectValue else { return }
        object = .object(
            members.filter { member in
                let isKept = fits(member.key.utf8.count + member.value.detailBytes)
                if !isKept { leaveOut(member.value) }
                return isKept
            })
    }

    private mutating func fits(_ bytes: Int) -> Bool {
        guard bytes <= room else { return false }
        room -= bytes
        return true
    }

    private mutating func leaveOut(_ value: JSONValue) {
        var text: [UInt8] = []
        value.write(to: &text)
        unkept = unkept + UnkeptDetails(values: 1, bytes: text.count)
    }
}

/// The start or the end of a run, whole or short.
struct KeptEvent<Value: RunEvent>: Sendable {
    private(set) var value: Value
    let isPlausible: Bool
    private(set) var unkept = UnkeptDetails()
    /// Of the line of the whole event; `nil` while it is whole.
    private(set) var wholeHash: UInt64?

    init(_ value: Value, isPlausible: Bool) {
        self.value = value
        self.isPlausible = isPlausible
    }

    /// The event without the details that are too long. A short one stays as it is.
    var shortened: KeptEvent {
        guard wholeHash == nil, value.detailBytes > IndexLimits.maxShortDetailBytes else {
            return self
        }
        var (short, cutter) = (self, DetailCutter())
        short.value.pass(&cutter)
        short.unkept = cutter.unkept
        short.wholeHash = XXHash64.hash(canonicalLine(value.event))
        return short
    }

    mutating func restore(unkept: UnkeptDetails, wholeHash: UInt64) {
        self.unkept = unkept
        self.wholeHash = wholeHash
    }

    /// Whether it comes before another one: by time, then by text. The rule is the same for whole
    /// events as for short ones, or it would depend on when they were shortened.
    func precedes(_ other: KeptEvent) -> Bool {
        let (time, otherTime) = (value.timestamp, other.value.timestamp)
        guard time == otherTime else { return isEarlier(time, otherTime) }
        let (a, b) = (shortened, other.shortened)
        let (line, otherLine) = (canonicalLine(a.value.event), canonicalLine(b.value.event))
        guard line == otherLine else { return line.lexicographicallyPrecedes(otherLine) }
        return (a.wholeHash ?? 0) < (b.wholeHash ?? 0)
    }
}

/// Whether one time comes before another. Times that are not plausible come before all others: the
/// latest event counts, and one of the year 9999 must not count for ever.
func isEarlier(_ a: Timestamp, _ b: Timestamp) -> Bool {
    a.isPlausible == b.isPlausible ? a < b : b.isPlausible
}

/// The event's canonical encoding; empty when it exceeds the line limit.
package func canonicalLine(_ event: Event) -> [UInt8] {
    var bytes: [UInt8] = []
    _ = EventEncoder.append(event, to: &bytes)
    return bytes
}
