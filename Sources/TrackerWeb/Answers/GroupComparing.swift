import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerPages

/// Compares groups of runs with A, for pages and programs.
struct GroupComparing {
    private let query: CompareQuery
    private let selection: RunSelection

    init(_ query: CompareQuery, in storage: any Storage, user: UserID, threads: Int) {
        self.query = query
        selection = RunSelection(
            in: storage, user: user, target: query.target, threads: threads)
    }

    private struct Pair {
        var parts: [[String]]
        var groups: [ComparisonGroup]
        var answer: ComparisonAnswer
        /// With what the reading of both had to say.
        var selection: RunSelection
    }

    /// A and the first group of B.
    func first() throws -> CompareModel {
        guard let a = query.a, let b = query.b.first else { throw CompareProblem.incomplete }
        return try model(query, try pair(a, b, metric: query.metric))
    }

    /// A and the first group of B that can be compared with it, and beside it all of B by the same
    /// metric. A group without it does not keep the others from being seen.
    func each() throws -> CompareModel {
        guard let a = query.a, query.b.count > 1 else { return try first() }
        var each: [CompareModel.OfMany] = []
        var shown: (name: String, pair: Pair)?
        var problem: any Error = CompareProblem.incomplete
        for name in query.b {
            do {
                let metric = shown.map(\.pair).flatMap(Self.metric) ?? query.metric
                let pair = try pair(a, name, metric: metric)
                shown = shown ?? (name, pair)
                each.append(.init(name: name, result: .comparison(pair.answer.main)))
            } catch {
                guard let known = CompareProblem.of(error) else { throw error }
                if each.isEmpty { problem = error }
                each.append(.init(name: name, result: .problem(known.words)))
            }
        }
        guard let shown else { throw problem }
        var model = try model(query.with(b: shown.name), shown.pair)
        model.each = each
        return model
    }

    /// Numbers that were reported are compared all together.
    private static func metric(_ pair: Pair) -> String? {
        pair.answer.main.isReported ? nil : pair.answer.main.metric
    }

    private func pair(_ a: String, _ b: String, metric: String?) throws -> Pair {
        var selection = selection
        let parts = [try selection.parts(of: a), try selection.parts(of: b)]
        let groups = try selection.groups(parts)
        let settings = ComparisonSettings(metric: metric)
        let answer = try ComparisonAnswer(groups[0], groups[1], settings: settings) { metric in
            try selection.history(of: groups, metric: metric)
        }
        return Pair(parts: parts, groups: groups, answer: answer, selection: selection)
    }

    private func model(_ query: CompareQuery, _ pair: Pair) throws -> CompareModel {
        let links = pair.parts.map { $0.compactMap { part($0, pair.selection) } }
        return try CompareModel(
            query, a: pair.groups[0], b: pair.groups[1], parts: (links[0], links[1]),
            answer: pair.answer, warnings: pair.selection.warnings)
    }

    /// - Returns: `nil` for a name that is no session.
    private func part(_ name: String, _ selection: RunSelection) -> CompareModel.Part? {
        // try? is right here: a part without a page of its own has no link.
        guard let (key, run) = try? selection.find(name) else { return nil }
        return CompareModel.Part(user: key.user, session: key.session, run: run)
    }
}
