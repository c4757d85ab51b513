import TrackerLog

/// The events of one resource in one request.
struct OtlpRunEvents {
    /// By themselves they say the same whenever they come.
    var plain: [Event] = []
    /// They say what came since the point before: after a restart the same body would say less.
    var grown: [Event] = []
    /// Metrics that count something.
    var counts: Set<String> = []
    private(set) var first: Timestamp?
    private(set) var last: Timestamp?

    mutating func add(_ event: Event, until end: Timestamp, isGrowth: Bool) {
        first = min(first ?? event.timestamp, event.timestamp)
        last = max(last ?? end, end)
        if isGrowth { grown.append(event) } else { plain.append(event) }
    }
}

/// What is known of the runs that send: what the log has of them already, and their labels.
struct OtlpRuns: Sendable {
    private struct Key: Hashable {
        let user: UserID
        let session: SessionID
        let run: ExactText
    }

    private struct Known {
        var start: Timestamp?
        var end: Timestamp?
        var labelSets: Set<UInt64> = []
        /// How many of them are of a metric.
        var labelSetsOf: [String: Int] = [:]
        var counts: Set<String> = []
        var isOver = false
    }

    private var known: [Key: Known] = [:]

    /// Names labels that are too many, and adds the run's start, its end so far, and what its
    /// metrics are.
    mutating func close(
        _ events: OtlpRunEvents, of resource: OtlpResource, into collector: inout OtlpCollector
    ) throws(OtlpRefusal) {
        guard let first = events.first, let last = events.last else { return }
        let session = resource.session(onDayOf: first)
        let key = Key(user: resource.user, session: session, run: ExactText(resource.run))
        if known.count >= TelemetryLimits.maxExportRuns, known[key] == nil { known = [:] }
        var run = known[key] ?? Known()
        var facts: [Event] = []
        if run.start.map({ first < $0 }) ?? true {
            facts.append(.runStarted(resource.started(at: first)))
            run.start = first
        }
        let news = events.counts.subtracting(run.counts).sorted()
        if !news.isEmpty, run.counts.count < TelemetryLimits.maxDeclared {
            facts.append(
                .session(
                    SessionEvent(
                        timestamp: first,
                        metrics: news.map { MetricDeclaration(metric: $0, kind: .count) })))
            run.counts.formUnion(news)
        }
        let wasOver = run.isOver
        let plain = events.plain.map { limited($0, &run, &collector) }
        let grown = events.grown.map { limited($0, &run, &collector) }
        if run.isOver, !wasOver {
            facts.append(
                .edit(
                    Edit(
                        timestamp: first, kind: .note,
                        text: "More than \(TelemetryLimits.maxLabelSets) sets of labels of a"
                            + " metric, or \(TelemetryLimits.maxLabelSetsOfRun) of the run: those"
                            + " that came later count together, with the label"
                            + " \(Self.overflow.name).",
                        run: resource.run)))
        }
        if run.end.map({ last > $0 }) ?? true {
            // A program does not say when it ends: its run ends with the last it sent.
            facts.append(
                .runFinished(RunFinished(timestamp: last, run: resource.run, state: .finished)))
            run.end = last
        }
        known[key] = run
        try collector.add(resource.user, session, facts: facts, plain: plain, grown: grown)
    }

    /// OpenTelemetry's own name for it.
    private static let overflow = Label("otel.metric.overflow", "true")

    private func limited(
        _ event: Event, _ run: inout Known, _ collector: inout OtlpCollector
    ) -> Event {
        func labels(_ metric: String, _ labels: [Label]) -> [Label] {
            let text = metric + labels.map { "\u{0}\($0.name)\u{1}\($0.value)" }.joined()
            let set = XXHash64.hash(Array(text.utf8))
            if run.labelSets.contains(set) { return labels }
            let ofMetric = run.labelSetsOf[metric] ?? 0
            guard ofMetric < TelemetryLimits.maxLabelSets,
                run.labelSets.count < TelemetryLimits.maxLabelSetsOfRun
            else {
                run.isOver = true
                collector.warn(
                    "beyond \(TelemetryLimits.maxLabelSets) sets of labels of a metric, or"
                        + " \(TelemetryLimits.maxLabelSetsOfRun) of a run, that count together")
                return [Self.overflow]
            }
            run.labelSets.insert(set)
            run.labelSetsOf[metric] = ofMetric + 1
            return labels
        }
        switch event {
        case .sample(var sample):
            sample.labels = labels(sample.metric, sample.labels)
            return .sample(sample)
        case .distribution(var distribution):
            distribution.labels = labels(distribution.metric, distribution.labels)
            return .distribution(distribution)
        default: return event
        }
    }
}

/// Collects the events of a request by session.
struct OtlpCollector {
    private struct Session {
        let user: UserID
        let session: SessionID
        var facts: [Event] = []
        var plain: [Event] = []
        var grown: [Event] = []
    }

    private var sessions: [Session] = []
    private var rejected = 0
    private var rejections = OtlpReasons()
    private var warnings = OtlpReasons()

    mutating func reject(_ reason: String) {
        rejected += 1
        rejections.add(reason)
    }

    mutating func warn(_ reason: String) { warnings.add(reason) }

    mutating func add(
        _ user: UserID, _ session: SessionID, facts: [Event], plain: [Event], grown: [Event]
    ) throws(OtlpRefusal) {
        let place: Int
        if let known = sessions.firstIndex(where: { $0.user == user && $0.session == session }) {
            place = known
        } else {
            place = sessions.count
            guard place < TelemetryLimits.maxExportSessions else {
                throw .malformed(
                    "The body is for more than \(TelemetryLimits.maxExportSessions) sessions.")
            }
            sessions.append(Session(user: user, session: session))
        }
        sessions[place].facts += facts
        sessions[place].plain += plain
        sessions[place].grown += grown
    }

    /// - Parameter digest: of the content; frames of the same one count once.
    func batch(key: String, digest: String, signal: OtlpRequest.Signal) -> OtlpBatch {
        var batch = OtlpBatch(key: key)
        let things = signal == .metrics ? "points" : "spans"
        batch.rejected = rejected
        let texts = [
            rejections.text(of: "not taken: \(things)"), warnings.text(of: things),
        ].compactMap { $0 }
        batch.message = texts.isEmpty ? nil : texts.joined(separator: ". ")
        batch.parts = sessions.map { session in
            var frames: [OtlpBatch.Frame] = []
            // Facts say the same when they come twice, and one that comes later may say more.
            if !session.facts.isEmpty { frames.append(.init(events: session.facts, identity: nil)) }
            frames += Self.frames(session.plain, "otlp-" + digest)
            frames += Self.frames(session.grown, "otlp-growth-" + digest)
            return .init(user: session.user, session: session.session, frames: frames)
        }
        return batch
    }

    /// Where it cuts depends on the events alone: the same body has the same frames.
    private static func frames(_ events: [Event], _ writer: String) -> [OtlpBatch.Frame] {
        var frames: [OtlpBatch.Frame] = []
        var (piece, bytes): ([Event], Int) = ([], 0)
        func cut() {
            guard !piece.isEmpty else { return }
            let identity = FrameIdentity(writer: writer, seq: frames.count)
            frames.append(.init(events: piece, identity: identity))
            (piece, bytes) = ([], 0)
        }
        for event in events {
            let more = Self.bytes(of: event)
            if piece.count >= LogLimits.targetFrameEvents
                || bytes + more > TelemetryLimits.frameBytes
            {
                cut()
            }
            piece.append(event)
            bytes += more
        }
        cut()
        return frames
    }

    /// At most how long its line is.
    private static func bytes(of event: Event) -> Int {
        switch event {
        case .sample(let sample): 200 + labelBytes(sample.labels)
        case .distribution(let distribution):
            300 + 32 * distribution.histogram.count + labelBytes(distribution.labels)
        default: 0
        }
    }

    /// Escaped, a byte takes six.
    private static func labelBytes(_ labels: [Label]) -> Int {
        labels.reduce(0) { $0 + 6 * ($1.name.utf8.count + $1.value.utf8.count) }
    }
}
