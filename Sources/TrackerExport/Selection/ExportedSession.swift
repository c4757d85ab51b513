package import TrackerIndexer
package import TrackerLog

/// A session of an export, or some of its runs.
package struct ExportedSession: Sendable {
    package let key: DataFolder.SessionKey
    /// With the chosen runs alone.
    package let summary: SessionSummary
    /// The ids of the chosen runs; `nil`: all.
    let runs: Set<ExactText>?

    package init(
        key: DataFolder.SessionKey, summary: SessionSummary, runs: [String]? = nil
    ) {
        self.key = key
        self.runs = runs.map { Set($0.map(ExactText.init)) }
        var chosen = summary
        if let wanted = self.runs {
            chosen.runs = summary.runs.filter { wanted.contains(ExactText($0.run)) }
        }
        self.summary = chosen
    }

    /// The run, where one alone was chosen.
    package var onlyRun: String? { runs?.count == 1 ? runs?.first?.text : nil }

    var name: String { "\(key.user)/\(key.session)" }

    /// Whether an event is of the selection. What is said of the whole session always is.
    func contains(_ event: Event) -> Bool {
        guard let runs else { return true }
        switch event {
        case .sample(let sample): return runs.contains(ExactText(sample.run ?? ""))
        case .distribution(let counts): return runs.contains(ExactText(counts.run ?? ""))
        case .runStarted(let run): return runs.contains(ExactText(run.run))
        case .runFinished(let run): return runs.contains(ExactText(run.run))
        case .edit(let edit): return edit.run.map { runs.contains(ExactText($0)) } ?? true
        case .session: return true
        }
    }
}

extension RunSummary {
    /// The values of a metric in a unit, converted where theirs is another of its dimension. What
    /// is in other units is not added to them.
    func timeline(of metric: String, in unit: String?) -> MetricTimeline? {
        timelines.filter { $0.metric.isExactly(metric) }.compactMap { timeline in
            UnitConversion(metric: metric, from: timeline.unit, to: unit).map {
                $0(timeline, unit: unit)
            }
        }.max { $0.total.count < $1.total.count }
    }

    /// Whether it has the metric, and only in units that are not converted to this one.
    func isUnlike(_ unit: String?, of metric: String) -> Bool {
        timeline(of: metric) != nil && timeline(of: metric, in: unit) == nil
    }
}

/// Sessions that are exported together.
package struct ExportSelection: Sendable {
    package let sessions: [ExportedSession]

    package init(_ sessions: [ExportedSession]) { self.sessions = sessions }

    /// Each run with its session.
    var runs: [(session: ExportedSession, run: RunSummary)] {
        sessions.flatMap { session in session.summary.runs.map { (session, $0) } }
    }

    /// For formats that tell runs apart by their ids.
    func checkRuns() throws(ExportError) {
        guard sessions.count > 1 else { return }
        var seen: Set<ExactText> = []
        for (_, run) in runs where !seen.insert(ExactText(run.run)).inserted {
            throw .sameRun(run.run.isEmpty ? "without a name" : run.run)
        }
    }
}
