package import TrackerLog

/// Takes what a reader finds, and makes it into events of the log.
///
/// Samples belong to the run that `endRun` closes next: a file of one run needs one call, at its
/// end. Events are taken out while the file is read, so that memory does not grow with it.
package struct ImportOutput {
    package private(set) var events: [Event] = []
    /// The latest time of all events so far, also of those that were taken out.
    private(set) var latest = Timestamp.epoch
    package let source: ImportSource
    /// Runs that are closed.
    package private(set) var runs: [FinishedImport] = []
    /// Losses of the whole file.
    package private(set) var losses = LossList()
    private let format: String
    private let tool: String
    private let lacks: [String]
    private var measured = MeasuredMetrics()
    private var lossesBefore = LossList()
    private var firstMs: Double?
    private var lastMs: Double?
    private var announced: Timestamp?
    private var samples = 0
    private var timesBelowZero = 0
    /// What stood around the lines of the file and was removed, for the loss report.
    var wrapping: String?
    /// How many parts of the file have no end.
    private(set) var lostEnds = 0
    /// Where the reader is: for what is said of single values.
    var place: ImportPlace?
    private var times = SampleTimes()
    /// Samples before the first one of which the time is known.
    private var untimed: [Sample] = []
    /// Whether a part of the report that is read now is missing.
    package var isPartial = false
    private var counts = OpenCounts()
    private var own = OwnEvents()
    /// Whether something of the file is in the log, or a run has a number of its own.
    private(set) var hasFound = false

    init(source: ImportSource, tool: String, format: String, lacks: [String]) {
        self.source = source
        self.tool = tool
        self.format = format
        self.lacks = lacks
        runID = "\(source.runPrefix)-1"
    }

    /// The id of the run that samples belong to now.
    package private(set) var runID: String
    /// Where something was measured in it.
    package var hasMeasurements: Bool { !measured.isEmpty }
    /// The time of its first sample.
    package var firstTime: Timestamp? { firstMs.flatMap(Timestamp.init(milliseconds:)) }

    /// One measured value. A label with an empty value is left out by the caller.
    /// - Parameters:
    ///   - time: of a request when it was sent, as everywhere in the log; `.epoch` where the file
    ///     does not say it.
    ///   - lastingMs: how long after it the request ended: the run lasts until then.
    package mutating func sample(
        _ metric: String, _ value: Double, at time: Timestamp, lastingMs: Double = 0,
        unit: String?, labels: [Label] = [], ok: Bool? = nil
    ) {
        guard value.isFinite else { return }
        // Clocks are set back, and no request ends before it begins.
        if value < 0, metric.hasSuffix("latency_ms") || metric.hasSuffix("time_ms") {
            timesBelowZero += 1
            return
        }
        hasFound = true
        measured.note(metric, .samples)
        samples += 1
        let known = times.take(time, anchor: source.anchor.time)
        let sample = Sample(
            timestamp: known ?? time, metric: metric, value: value, unit: unit, run: runID,
            labels: labels, ok: ok)
        guard let known else { return append(untimed: sample) }
        if !untimed.isEmpty { appendUntimed(at: known) }
        widen(known, known.advanced(byMilliseconds: max(0, lastingMs)))
        append(.sample(sample))
    }

    private mutating func append(untimed sample: Sample) {
        times.noteUnknown(at: place)
        untimed.append(sample)
        if untimed.count >= ImportLimits.maxUntimedSamples, times.last == nil {
            times.begin(at: source.anchor.time)
        }
        if let last = times.last { appendUntimed(at: last) }
    }

    private mutating func appendUntimed(at time: Timestamp) {
        widen(time, time)
        for var sample in untimed {
            sample.timestamp = time
            append(.sample(sample))
        }
        untimed.removeAll()
    }

    /// Where what is counted or has a length stands, of which the time is none of a test.
    private mutating func usual(_ time: Timestamp) -> Timestamp {
        if let known = times.take(time, anchor: source.anchor.time) { return known }
        times.noteUnknown(at: place)
        let last = times.last ?? source.anchor.time
        times.begin(at: last)
        return last
    }

    /// A series of which only the buckets are kept, second by second: for the many times that a
    /// tool writes beside the latency of the same request.
    package mutating func series(
        _ metric: String, unit: String?, labels: [Label]
    ) -> CountedSeries { counts.series(metric, unit: unit, labels: labels) }

    /// One measured value of such a series.
    package mutating func counted(_ series: CountedSeries, _ value: Double, at time: Timestamp) {
        guard value.isFinite else { return }
        hasFound = true
        let time = usual(time)
        if !counts.isNoted(series) { measured.note(counts.note(series), .counts) }
        widen(time, time)
        let done = counts.add(series, value, at: time)
        if !done.isEmpty { append(done) }
    }

    /// Many values that the tool itself counted in buckets.
    package mutating func distribution(_ distribution: Distribution) {
        var distribution = distribution
        distribution.run = runID
        distribution.timestamp = usual(distribution.timestamp)
        hasFound = true
        measured.note(distribution.metric, .counts)
        let end = distribution.timestamp.advanced(byMilliseconds: distribution.durationMs ?? 0)
        widen(distribution.timestamp, end)
        append(.distribution(distribution))
    }

    /// An event of the log itself, which stays as it is, with its run.
    package mutating func event(_ event: Event) {
        hasFound = true
        if own.note(event) { append(event) }
    }

    /// After the last such event.
    /// - Parameter announcing: whether runs have no start of their own: they get one, which says
    ///   what the file does not carry.
    package mutating func endEvents(announcing: Bool) {
        for run in own.runs {
            var imported = ImportedRun()
            imported.target = source.target
            if let wrapping { imported.leftOut.append(wrapping) }
            let report = LossReport(
                run: imported, format: format, lacks: lacks, measured: run.measured.text,
                time: ImportedRun.TimeSource.file.rawValue, lost: lossesBefore.text
            ).withoutLatency
            runs.append(
                FinishedImport(
                    id: run.id, samples: run.samples, reported: run.reported, target: run.target,
                    report: report))
            guard announcing, !run.id.isEmpty, let first = run.first, let last = run.last else {
                continue
            }
            let times = RunTimes(
                imported, firstMs: first.milliseconds, lastMs: last.milliseconds,
                anchor: source.anchor, announced: nil)
            append(
                RunEvents.events(imported, id: run.id, tool: tool, times: times, report: report))
        }
        if !announcing, let lost = lossesBefore.text {
            append(
                .edit(
                    Edit(
                        timestamp: own.runs.compactMap(\.last).max() ?? source.anchor.time,
                        kind: .note, text: "imported with losses: \(lost)")))
        }
    }

    /// Removes and returns the events that name the session.
    mutating func takeNames() -> [Event] { own.takeNames() }

    /// Something that could not be read. What is around it counts.
    package mutating func lost(_ reason: String, at place: ImportPlace) {
        losses.add(reason, at: place)
        lossesBefore.add(reason, at: place)
    }

    /// The file ends before what it should have ends.
    /// - Parameter place: of the last line that is there.
    package mutating func lostEnd(of part: String, at place: ImportPlace) {
        lostEnds += 1
        lost("the \(part) ends here: what follows is not in the file", at: place)
    }

    /// Closes the run: what comes next belongs to the next one.
    package mutating func endRun(_ run: ImportedRun) {
        append(counts.takeAll())
        if !run.reported.names.isEmpty { hasFound = true }
        guard runs.count < ImportLimits.maxRuns else { return }
        var run = run
        run.target = run.target ?? source.target
        if let target = run.target.flatMap(URLSummary.withoutUser) {
            run.target = target
            run.leftOut.append("the name and password in the URL")
        }
        if isPartial, run.reported.removeSums() {
            run.lacks.append("counts and rates: what is missing would not be in them")
        }
        settleTimes(of: &run)
        if let wrapping { run.leftOut.append(wrapping) }
        if timesBelowZero > 0 { run.leftOut.append("times below zero: \(timesBelowZero)") }
        let times = RunTimes(
            run, firstMs: firstMs, lastMs: lastMs, anchor: source.anchor, announced: announced)
        let report = LossReport(
            run: run, format: format, lacks: lacks, measured: measured.text,
            time: times.source, lost: lossesBefore.text)
        append(RunEvents.events(run, id: runID, tool: tool, times: times, report: report))
        runs.append(
            FinishedImport(
                id: runID, samples: samples, reported: run.reported.names.count,
                target: run.target, report: report))
        runID = "\(source.runPrefix)-\(runs.count + 1)"
        measured = MeasuredMetrics()
        counts.forgetNotes()
        lossesBefore = LossList()
        (firstMs, lastMs, announced, samples, timesBelowZero) = (nil, nil, nil, 0, 0)
    }

    private mutating func settleTimes(of run: inout ImportedRun) {
        run.removeTimesOfNoTest()
        if !untimed.isEmpty { appendUntimed(at: run.start ?? source.anchor.time) }
        if let lack = times.lack { run.lacks.append(lack) }
        if run.start == nil, times.isRelative || times.hasNone {
            run.isRelative = true
            run.start = source.anchor.time
        }
        times = SampleTimes()
    }

    /// Why there is nothing of the file to keep: all that was in it is lost. Then no run is left.
    mutating func emptyHanded() -> ImportError? {
        guard !hasFound, let first = losses.listed.first else { return nil }
        events.removeAll()
        runs.removeAll()
        let more = losses.count > 1 ? ", and \(losses.count - 1) more places like it" : ""
        return .refused(
            format: format, reason: "nothing of it can be read: \(first.reason)\(more)",
            advice: "Write the file again; docs/IMPORT.md has a command for each tool.",
            place: first.place)
    }

    /// Removes and returns what has been found so far.
    mutating func takeEvents() -> [Event] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// The end of the run brings a start that counts instead of this one: see `RunTimes`.
    private mutating func announce(at time: Timestamp) {
        announced = time
        append(
            .runStarted(
                RunStarted(
                    timestamp: time, run: runID, target: source.target,
                    params: .object([JSONValue.Member("generator", .string(tool))]))))
    }

    private mutating func append(_ distributions: [Distribution]) {
        for var distribution in distributions {
            distribution.run = runID
            append(.distribution(distribution))
        }
    }

    private mutating func append(_ events: [Event]) {
        for event in events { append(event) }
    }

    private mutating func append(_ event: Event) {
        latest = max(latest, event.timestamp)
        events.append(event)
    }

    private mutating func widen(_ first: Timestamp, _ last: Timestamp) {
        if source.isLive, firstMs == nil { announce(at: first) }
        firstMs = min(firstMs ?? first.milliseconds, first.milliseconds)
        lastMs = max(lastMs ?? last.milliseconds, last.milliseconds)
    }
}

/// What a command says of an imported run.
package struct FinishedImport: Sendable, Hashable {
    package var id: String
    package var samples: Int
    package var reported: Int
    package var target: String?
    package var report: LossReport
}
