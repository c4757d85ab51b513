import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// The tools that read sessions.
struct MCPReading {
    let context: DataContext

    private let number = NumberFormat.plain

    init(_ context: DataContext) { self.context = context }

    func sessions(_ arguments: MCPArguments) throws -> [String] {
        let most = Int(
            try arguments.number(
                "limit", 1...Double(MCPLimits.maxSessions),
                usually: Double(MCPLimits.usualSessions)))
        let query = CatalogQuery(arguments.text("query") ?? "", now: .now)
        let storage = try context.openForReading()
        let (all, _) = try Indexer(storage: storage, threads: IndexCommand.coreCount).catalog()
        let entries = CatalogFilter(terms: query.terms).found(in: all)
        let shown = entries.prefix(most)
        return [
            "\(entries.count) of \(all.count) sessions match; \(shown.count) shown, newest first"
        ]
            + query.doubts.map { "Doubt: \($0)" } + shown.map(line)
    }

    private func line(_ entry: CatalogEntry) -> String {
        var parts = ["\(entry.user)/\(entry.session)"]
        if let name = entry.name { parts.append("\"\(name)\"") }
        if let first = entry.first { parts.append(String(first.description.prefix(16))) }
        parts.append("\(entry.runCount) run\(entry.runCount == 1 ? "" : "s")")
        if let headline = entry.headline {
            func quantile(_ value: Double?, _ q: Double) -> String {
                guard let value else { return "-" }
                let isFew = NearestRank.hasFewSamples(Double(headline.successes), beyond: q)
                return (isFew ? "~" : "") + number.quantity(value, unit: headline.unit)
            }
            parts.append(
                "\(headline.metric) p50 \(quantile(headline.p50, 0.5)) p99"
                    + " \(quantile(headline.p99, 0.99)) n=\(headline.count)"
                    + " errors=\(headline.errors)")
        } else if let reported = entry.reported {
            let value = number.quantity(reported.newest, unit: reported.number.unit)
            parts.append("reported \(reported.metric) \(value)")
        }
        if let lost = entry.lost?.text { parts.append(lost) }
        if let failure = entry.failure { parts.append("last run failed: \(failure)") }
        return parts.joined(separator: " · ")
    }

    func show(_ arguments: MCPArguments) throws -> [String] {
        let storage = try context.openForReading()
        let name = arguments.required("session")
        guard let key = try SessionArgument.find(name, context, in: storage) else {
            throw SessionArgument.missing(name, context)
        }
        let index = try SessionIndex.current(key.user, key.session, in: storage)
        let summary = index.summary(now: .now, in: storage)
        var lines = ["\(key.user)/\(key.session)" + (summary.name.map { " \"\($0)\"" } ?? "")]
        lines.append(states(summary))
        if let lost = summary.health.lost.text {
            lines.append("Data: \(lost): \(RunSummary.lowerBound)")
        }
        let implausible = summary.health.implausibleTimes
        if implausible > 0 { lines.append("Data: events with an implausible time: \(implausible)") }
        lines += summary.units.prefix(MCPLimits.maxNotes).map { "Units: \($0.text)" }
        lines += metrics(summary)
        for run in summary.runs.suffix(1) where !run.reportedNumbers.isEmpty {
            let texts = run.reportedNumbers.prefix(MCPLimits.maxMetrics).map {
                "\($0.name) \(number.reported($0.value, unit: $0.unit))"
            }
            lines.append("Reported by the newest run: \(texts.joined(separator: ", "))")
        }
        let notes = summary.notes.suffix(MCPLimits.maxNotes)
        lines += notes.map { "Note\($0.by.map { " of \($0)" } ?? ""): \($0.text)" }
        lines.append(
            "~ marks percentiles with fewer than \(LogLimits.fewSamplesBeyond) samples"
                + " beyond them. Whether it is better than another: ask compare.")
        return lines
    }

    private func states(_ summary: SessionSummary) -> String {
        var counts: [RunSummary.State: Int] = [:]
        for run in summary.runs { counts[run.state, default: 0] += 1 }
        let states = RunSummary.State.allCases.compactMap { state in
            counts[state].map { "\($0) \(state.rawValue)" }
        }
        let targets = summary.runs.compactMap(\.target).distinctSorted.prefix(2)
        var text = "\(summary.runs.count) runs (\(states.joined(separator: ", ")))"
        if !targets.isEmpty { text += " of \(targets.joined(separator: ", "))" }
        if let commit = summary.commit { text += ", commit \(commit.prefix(12))" }
        return text
    }

    /// A metric in one unit: what is in others is never added up with it.
    private struct Measured: Hashable {
        var name: ExactText
        var unit: ExactText?

        init(_ timeline: MetricTimeline) {
            (name, unit) = (ExactText(timeline.metric), timeline.unit.map(ExactText.init))
        }
    }

    /// All runs together that nobody left out, the main metric first.
    private func metrics(_ summary: SessionSummary) -> [String] {
        let runs = summary.runs.filter { $0.leftOut == nil }
        var totals: [Measured: [Aggregate]] = [:]
        for timeline in runs.flatMap(\.timelines) {
            totals[Measured(timeline), default: []].append(timeline.total)
        }
        let main = runs.lazy.compactMap(\.headline).first.map(Measured.init)
        let all = totals.compactMap { measured, parts in
            Aggregate.merged(parts).map { (measured, $0) }
        }.sorted { first, second in
            let (one, other) = (first.0, second.0)
            guard (one == main) == (other == main) else { return one == main }
            return (one.name, one.unit ?? ExactText("")) < (other.name, other.unit ?? ExactText(""))
        }
        let leftOut = summary.runs.count - runs.count
        var lines = all.prefix(MCPLimits.maxMetrics).map { measured, aggregate in
            let (successes, unit) = (aggregate.successes, measured.unit?.text)
            let quantiles = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)].compactMap { text, q in
                successes.quantile(q).map { value in
                    let mark = successes.hasFewSamples(beyond: q) ? "~" : ""
                    return "\(text) \(mark)\(number.quantity(value, unit: unit))"
                }
            }
            let values = quantiles.isEmpty ? "none succeeded" : quantiles.joined(separator: ", ")
            return "\(measured.name.text): \(values); n=\(aggregate.count),"
                + " errors=\(aggregate.errors)"
        }
        if all.count > lines.count { lines.append("\(all.count - lines.count) more metrics") }
        if leftOut > 0 {
            lines.append("Runs that a person left out, which are not in these numbers: \(leftOut)")
        }
        return lines
    }
}
