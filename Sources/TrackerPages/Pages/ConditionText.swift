import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// The logged conditions of a test, as text.
enum ConditionText {
    /// One key and its distinct values, in the order of the runs.
    struct Row: Sendable, Hashable {
        var key: String
        var values: [String]
        /// Whether there are values that are not shown.
        var hasMore = false
    }

    /// `open loop, 1,200/s` or `closed loop, 32 connections`, from the first run with such params.
    static func load(of runs: [RunSummary]) -> String? {
        for run in runs {
            if let rate = rate(of: run) { return "open loop, \(NumberText.rate(rate))/s" }
            if let connections = number(run.params, ["connections", "concurrency", "vus"]) {
                let count = NumberFormat.page.fixed(connections, digits: 2, trimsZeros: true)
                return "closed loop, \(count) \(connections == 1 ? "connection" : "connections")"
            }
        }
        return nil
    }

    /// The requests per second that its load generator was asked for.
    static func rate(of run: RunSummary) -> Double? {
        number(run.params, ["rate", "rate_per_s", "rate_per_second", "target_rps"])
            .flatMap { $0 > 0 ? $0 : nil }
    }

    /// Each commit that was measured, short, and whether its tree had other changes.
    /// - Parameter session: of runs that name none.
    static func commits(of runs: [RunSummary], session: String? = nil) -> [String] {
        var texts: [String] = []
        for run in runs {
            guard let commit = run.commit ?? session else { continue }
            let isDirty = run.environment["git_dirty"]?.boolValue == true
            let text = commit.prefix(ViewLimits.commitCharacters) + (isDirty ? " dirty" : "")
            if !texts.contains(where: String(text).isExactly) { texts.append(String(text)) }
        }
        let short = session.map { String($0.prefix(ViewLimits.commitCharacters)) }
        if let short, !texts.contains(where: { $0.hasPrefix(short) || short.hasPrefix($0) }) {
            texts.append(short)
        }
        return texts
    }

    /// Params, environment, commit and target of all runs, each key with all its values.
    static func rows(_ summary: SessionSummary) -> [Row] {
        var rows: [Row] = []
        var indices: [ExactText: Int] = [:]
        func add(_ key: String, _ value: String) {
            guard let index = indices[ExactText(key)] else {
                indices[ExactText(key)] = rows.count
                rows.append(Row(key: key, values: [value]))
                return
            }
            guard !rows[index].values.contains(where: value.isExactly) else { return }
            if rows[index].values.count < maxValues {
                rows[index].values.append(value)
            } else {
                rows[index].hasMore = true
            }
        }
        if let host = summary.host { add("host", host) }
        if let commit = summary.commit { add("commit", commit) }
        for run in summary.runs {
            if let target = run.target { add("target", target) }
            if let commit = run.commit { add("commit", commit) }
            // What an experiment tags its runs with differs in each, and has a panel of its own.
            for member in run.conditions where !member.key.isExactly(ExperimentTag.key) {
                add(member.key, text(member.value))
            }
        }
        return Array(rows.prefix(maxRows))
    }

    /// Values shown for one key; longer lists are not readable.
    static let maxValues = 6
    /// Conditions shown for a session.
    private static let maxRows = 60
    /// Characters shown of one value.
    private static let maxCharacters = 300

    /// A value for display: strings without quotes, everything else similar to JSON.
    static func text(_ value: JSONValue) -> String {
        let whole = json(value, isInside: false)
        guard whole.count > maxCharacters else { return whole }
        return whole.prefix(maxCharacters) + "…"
    }

    private static func json(_ value: JSONValue, isInside: Bool) -> String {
        switch value {
        case .null: "none"
        case .bool(let flag): flag ? "true" : "false"
        case .number(let digits): digits
        case .string(let text): isInside ? "\"\(text)\"" : text
        case .array(let values):
            values.prefix(maxRows).map { json($0, isInside: true) }.joined(separator: ", ")
        case .object(let members):
            members.prefix(maxRows).map { "\($0.key): \(json($0.value, isInside: true))" }
                .joined(separator: ", ")
        }
    }

    private static func number(_ object: JSONValue, _ keys: [String]) -> Double? {
        for key in keys {
            if let value = object[key]?.doubleValue { return value }
        }
        return nil
    }
}
