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

    /// All runs together, the main metric first.
    private func metrics(_ summary: SessionSummary) -> [String] {
        var totals: [ExactText: (unit: String?, parts: [Aggregate])] = [:]
        for timeline in summary.runs.flatMap(\.timelines) {
            totals[ExactText(timeline.metric), default: (timeline.unit, [])].parts
                .append(timeline.total)
        }
        let main = summary.runs.lazy.compactMap(\.headline?.metric).first
        let all = totals.compactMap { name, found -> (name: String, unit: String?, Aggregate)? in
            Aggregate.merged(found.parts).map { (name.text, found.unit, $0) }
        }.sorted { first, second in
            let (one, other) = (first.name.isExactly(main), second.name.isExactly(main))
            return one == other ? ExactText(first.name) < ExactText(second.name) : one
        }
        let lines = all.prefix(MCPLimits.maxMetrics).map { name, unit, aggregate in
            let successes = aggregate.successes
            let quantiles = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)].compactMap { text, q in
                successes.quantile(q).map { value in
                    let mark = successes.hasFewSamples(beyond: q) ? "~" : ""
                    return "\(text) \(mark)\(number.quantity(value, unit: unit))"
                }
            }
            return "\(name): \(quantiles.joined(separator: ", ")); n=\(aggregate.count),"
                + " errors=\(aggregate.errors)"
        }
        guard all.count > lines.count else { return lines }
        return lines + ["\(all.count - lines.count) more metrics"]
    }
}
