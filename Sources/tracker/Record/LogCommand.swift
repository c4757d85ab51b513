import ArgumentParser
import Glibc
import TrackerClient
import TrackerIndexer
import TrackerLoad
import TrackerLog

/// `tracker log`: appends events from a shell.
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Append a value, or JSON lines from standard input, to a session.",
        discussion: """
            Each line is one event as described in docs/FORMAT.md; a line without `ts` gets the \
            current time. Invalid lines are reported with their number and the others are \
            written; the exit status is then 1. Empty lines and a byte order mark are left out. \
            Written lines have the durability that --durability names before the next line is \
            read. If the disk does not answer, it is \
            unknown whether the last lines are written: the exit status is then 3. Lines that are \
            sent again under the same --identity count once.

            EXAMPLES
              tracker log --metric build_seconds --value 42.1 --label branch=main
              tracker log --session s --metric jobs --unit jobs/s --better higher
              tail -f app.jsonl | tracker log --session nightly --ack
              tracker log --session nightly --identity build-42 < results.jsonl
            """)

    @OptionGroup var data: DataOptions

    @Option(help: "The session (default: the current one, or a new one).")
    var session: String?

    @Option(help: "Append one sample of this metric.")
    var metric: String?

    @Option(parsing: .unconditional, help: "The sample's value.")
    var value: Double?

    @Option(help: "The sample's unit, for example ms; without --value, of samples without one.")
    var unit: String?

    @Option(
        help: ArgumentHelp(
            "What the metric measures in this session: duration, size, rate, ratio, temperature or"
                + " count. May be given without --value.", valueName: "kind"),
        transform: { try oneOf(MetricDeclaration.Kind.self, $0) })
    var kind: MetricDeclaration.Kind?

    @Option(
        help: ArgumentHelp(
            "Which way of the metric is better: lower, higher or neither. May be given without"
                + " --value.", valueName: "way"),
        transform: { try oneOf(MetricDeclaration.Better.self, $0) })
    var better: MetricDeclaration.Better?

    @Option(name: .customLong("run"), help: "The run that the sample belongs to.")
    var runName: String?

    @Option(help: "The sample's time, Unix milliseconds or RFC 3339 (default: now).")
    var at: String?

    @Option(help: ArgumentHelp("A label of the sample; may be repeated.", valueName: "name=value"))
    var label: [String] = []

    @Option(
        help: "written, interval (synced within half a second) or durable (synced at once).")
    var durability: DurabilityOption = .interval

    @Flag(help: "Print `acked N` after each write, N being the lines written so far.")
    var ack = false

    @Option(
        help: ArgumentHelp(
            "Append all of it together under this name; the same again counts once. Needs "
                + "--session, and a time in each line or --at.", valueName: "name"))
    var identity: String?

    func validate() throws {
        let isDeclared = kind != nil || better != nil
        if metric == nil ? value != nil : value == nil && !isDeclared {
            throw ValidationError("give --metric and --value together")
        }
        if metric == nil, isDeclared {
            throw ValidationError("--kind and --better need --metric")
        }
        if value == nil, isDeclared, runName != nil || !label.isEmpty {
            throw ValidationError("--run and --label need --value")
        }
        if metric == nil, unit != nil || runName != nil || !label.isEmpty || at != nil {
            throw ValidationError("--unit, --run, --at and --label need --metric")
        }
        if let at, Self.time(at) == nil {
            throw ValidationError(
                "--at takes Unix milliseconds or a time like 2026-11-23T14:02:11Z, not \(at)")
        }
        if let identity, session == nil || (metric != nil && at == nil) || !isValid(identity) {
            throw ValidationError(
                "--identity takes a name of at most \(LogLimits.maxNameBytes) bytes, and needs"
                    + " --session, and --at with --metric: all of it must be the same when it is"
                    + " sent again")
        }
        for text in label where !text.utf8.contains(UInt8(ascii: "=")) {
            throw ValidationError("--label takes name=value, not \(text)")
        }
        try checkSample()
    }

    /// What the log would refuse, each by its own cause.
    private func checkSample() throws {
        if let value, !value.isFinite {
            throw ValidationError("--value must be a finite number")
        }
        if let metric, !(1...LogLimits.maxMetricLength ~= metric.unicodeScalars.count) {
            throw ValidationError("--metric must have 1 to \(LogLimits.maxMetricLength) characters")
        }
        let names = label.map { $0.parts(separatedBy: "=", maxSplits: 1)[0] }
        guard names.count <= LogLimits.maxLabels,
            Set(names.map(ExactText.init)).count == names.count
        else {
            throw ValidationError(
                "--label: at most \(LogLimits.maxLabels), and each name once")
        }
        let all = names + [unit, runName].compactMap(\.self)
        guard all.allSatisfy({ $0.utf8.count <= LogLimits.maxNameBytes }) else {
            throw ValidationError(
                "--run, --unit and names of --label have at most \(LogLimits.maxNameBytes) bytes")
        }
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = try context.openForWriting()
            let id = try sessionID(context, storage)
            let writer = SessionWriter(
                storage: storage, user: context.user, session: id,
                configuration: .init(durability: durability.level))
            var intake = LineIntake(
                writer: writer, showsAcks: ack,
                identity: identity.map { FrameIdentity(writer: $0, seq: 0) })
            do {
                if metric != nil {
                    try intake.append(declaration, sample)
                } else if identity != nil {
                    try intake.appendTogether(
                        try readInput(limit: LogLimits.maxFrameContentBytes))
                } else {
                    try intake.readAll(from: Console.current.input)
                }
            } catch {
                // What was acknowledged before is still synced; the first error is the one to
                // report.
                do throws(LogError) { try writer.close() } catch {}
                throw error
            }
            try writer.close()
            intake.printDoubts()
            if Console.current.isTerminal(.error) {
                printError("\(intake.written) events in \(printable("\(context.user)/\(id)"))")
                printError(context.outcome(of: id))
            }
            if intake.refused > 0 { throw ExitCode(1) }
        }
    }

    private var time: Timestamp { at.flatMap(Self.time) ?? .now }

    /// What the metric is; `nil` if no option says it.
    private var declaration: SessionEvent? {
        guard let metric, kind != nil || better != nil else { return nil }
        let declaration = MetricDeclaration(
            metric: metric, unit: value == nil ? unit : nil, kind: kind, better: better)
        return SessionEvent(timestamp: time, metrics: [declaration])
    }

    private var sample: Sample? {
        guard let metric, let value else { return nil }
        let labels = label.map { text in
            let parts = text.parts(separatedBy: "=", maxSplits: 1)
            return Label(parts[0], parts[1])
        }
        return Sample(
            timestamp: time, metric: metric, value: value, unit: unit,
            run: runName, labels: labels)
    }

    private static func time(_ text: String) -> Timestamp? {
        Double(text).flatMap(Timestamp.init(milliseconds:)) ?? Timestamp(rfc3339: text)
    }

    private func isValid(_ identity: String) -> Bool {
        FrameIdentity(writer: identity, seq: 0).isValid
    }

    private func sessionID(_ context: DataContext, _ storage: PosixStorage) throws -> SessionID {
        if let session {
            do throws(IdentifierError) {
                return try SessionID(session)
            } catch {
                throw ValidationError("--session: \(error)")
            }
        }
        if let current = try CurrentSession.load(user: context.user, storage: storage) {
            return current.session
        }
        return SessionID.generate()
    }
}

/// Reads one of the texts of a type.
private func oneOf<Value: RawRepresentable & CaseIterable>(
    _ type: Value.Type, _ text: String
) throws -> Value where Value.RawValue == String {
    if let value = Value(rawValue: text) { return value }
    throw ValidationError("give one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
}

/// The levels of `Durability` on the command line.
enum DurabilityOption: String, ExpressibleByArgument, CaseIterable {
    case written, interval, durable

    var level: Durability {
        switch self {
        case .written: .written
        case .interval: .interval
        case .durable: .durable
        }
    }
}

/// Reads lines from a descriptor and appends them in batches as they arrive.
private struct LineIntake {
    let writer: SessionWriter
    let showsAcks: Bool
    let identity: FrameIdentity?
    private(set) var written = 0
    private(set) var refused = 0
    private var number = 0
    private var rest: [UInt8] = []
    /// Events whose time dates nothing, and what is wrong with the first of them.
    private var doubts: (count: Int, first: String)?
    private var times = StrayTimes()

    init(writer: SessionWriter, showsAcks: Bool, identity: FrameIdentity?) {
        self.writer = writer
        self.showsAcks = showsAcks
        self.identity = identity
    }

    mutating func readAll(from descriptor: Int32) throws {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw CommandFailure("cannot read standard input: \(systemMessage(errno))")
            }
            if count == 0 { break }
            rest.append(contentsOf: buffer[..<count])
            guard let end = rest.lastIndex(of: 0x0A) else {
                try refuseLongLine()
                continue
            }
            try write(Array(rest[...end]))
            rest.removeSubrange(...end)
        }
        // At the end of the input, a last line without `\n` is complete.
        if !rest.isEmpty { try write(rest + [0x0A]) }
    }

    private mutating func refuseLongLine() throws {
        guard rest.count > 2 * LogLimits.maxLineBytes else { return }
        throw CommandFailure("line \(number + 1): \(LineError.tooLong.rawValue)")
    }

    /// All lines in one frame, so that they have the same bytes whenever they are sent.
    mutating func appendTogether(_ lines: [UInt8]) throws {
        guard !lines.isEmpty else { return }
        try write(lines.last == 0x0A ? lines : lines + [0x0A])
    }

    private mutating func write(_ lines: [UInt8]) throws {
        var events: [Event] = []
        for line in lines.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
            number += 1
            let line = number == 1 ? Self.withoutMark(line) : line
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do throws(LineError) {
                // With a time of its own each line is the same when it is sent again.
                let event =
                    try identity == nil ? Self.event(Array(line)) : EventParser.parse(Array(line))
                check(event.timestamp, "in line \(number) ")
                times.add(event.timestamp, line: number)
                checkMetrics(event)
                events.append(event)
            } catch {
                refused += 1
                printError("line \(number): \(error.rawValue)")
            }
        }
        try append(events)
    }

    mutating func append(_ declaration: SessionEvent?, _ sample: Sample?) throws(LogError) {
        if let time = (sample?.timestamp ?? declaration?.timestamp) { check(time, "") }
        try append(
            [declaration.map(Event.session), sample.map(Event.sample)].compactMap(\.self))
    }

    /// Says what is not written: the event counts without it.
    private func checkMetrics(_ event: Event) {
        let ignored =
            switch event {
            case .session(let session): session.ignoredFields
            case .runStarted(let run): run.ignoredFields
            default: 0
            }
        guard ignored > 0 else { return }
        let kinds = MetricDeclaration.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        printError(
            "warning: line \(number): \(ignored) of the fields in `metrics` not valid, and left"
                + " out: unit is a text, kind one of \(kinds), better lower, higher or neither")
    }

    private mutating func check(_ time: Timestamp, _ place: String) {
        guard let why = time.doubt(writtenAt: .now) else { return }
        doubts = ((doubts?.count ?? 0) + 1, doubts?.first ?? "\(place)(\(time)) \(why)")
    }

    /// Says which times date nothing. The events are written, and count.
    func printDoubts() {
        if let strays = times.found(now: .now) {
            let events = strays.count == 1 ? "1 event is" : "\(strays.count) events are"
            printError(
                "warning: \(events) far from all others; the first in line \(strays.line)"
                    + " (\(strays.first)). Among many lines written together such an event counts,"
                    + " but dates nothing")
        }
        guard let doubts else { return }
        let events = doubts.count == 1 ? "1 event has" : "\(doubts.count) events have"
        printError(
            "warning: \(events) a time that nobody can mean; the first \(doubts.first)."
                + " Such an event is written and counts, but dates nothing")
    }

    /// Some editors and spreadsheets begin a file with U+FEFF.
    private static func withoutMark(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.starts(with: [0xEF, 0xBB, 0xBF]) ? line.dropFirst(3) : line
    }

    private mutating func append(_ events: [Event]) throws(LogError) {
        guard !events.isEmpty else { return }
        do throws(LogError) {
            try writer.appendBatch(events, identity: identity)
        } catch {
            let outcome = error.mayBeRecorded ? "not known, may be recorded" : "not recorded"
            printError("events recorded: \(written); \(outcome): \(events.count)")
            throw error
        }
        written += events.count
        if showsAcks { printLine("acked \(written)") }
    }

    private static func event(_ line: [UInt8]) throws(LineError) -> Event {
        do throws(LineError) {
            return try EventParser.parse(line)
        } catch {
            guard error == .noTimestamp, let brace = line.firstIndex(of: UInt8(ascii: "{")) else {
                throw error
            }
            let now = "{\"ts\":\(shortestText(of: Timestamp.now.milliseconds)),"
            return try EventParser.parse(Array(now.utf8) + line[(brace + 1)...])
        }
    }
}
