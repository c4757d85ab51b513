import TrackerLog

/// What is known of the runs of events that are imported as they are.
struct OwnEvents {
    struct Run {
        var id: String
        var samples = 0
        var reported = 0
        var target: String?
        var first: Timestamp?
        var last: Timestamp?
        var measured = MeasuredMetrics()
    }

    private(set) var runs: [Run] = []
    private var places: [ExactText: Int] = [:]
    /// Events that name the session. They are written last: a session with a name is whole.
    private(set) var names: [Event] = []

    mutating func takeNames() -> [Event] {
        defer { names = [] }
        return names
    }

    /// - Returns: whether the event is written now.
    mutating func note(_ event: Event) -> Bool {
        switch event {
        case .sample(let sample):
            note(sample.run ?? "", sample.metric, .samples, sample.timestamp)
        case .distribution(let counts):
            note(counts.run ?? "", counts.metric, .counts, counts.timestamp)
        case .runStarted(let run):
            change(run.run) { $0.target = $0.target ?? run.target }
        case .runFinished(let run):
            change(run.run) { $0.reported = run.summary.objectValue?.count ?? 0 }
        case .session(let session): return session.name == nil || !hold(event)
        case .edit(let edit): return edit.kind != .rename || !hold(event)
        }
        return true
    }

    private mutating func hold(_ event: Event) -> Bool {
        guard names.count < ImportLimits.maxHeldNames else { return false }
        names.append(event)
        return true
    }

    private mutating func note(
        _ run: String, _ metric: String, _ kind: MeasuredMetrics.Kind, _ time: Timestamp
    ) {
        change(run) { run in
            run.samples += 1
            run.measured.note(metric, kind)
            run.first = min(run.first ?? time, time)
            run.last = max(run.last ?? time, time)
        }
    }

    private mutating func change(_ id: String, _ body: (inout Run) -> Void) {
        let key = ExactText(id)
        if let place = places[key] { return body(&runs[place]) }
        guard runs.count < ImportLimits.maxRuns else { return }
        places[key] = runs.count
        var run = Run(id: id)
        body(&run)
        runs.append(run)
    }
}
