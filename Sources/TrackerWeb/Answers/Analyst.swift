import TrackerAnalysis
import TrackerIndexer
package import TrackerLog
import TrackerPages

/// Answers what takes more than one session: comparisons, verdicts and trends;
/// and what an edit may change.
///
/// One question at a time: each reads sessions and draws a thousand samples, and must leave the
/// machine to what is measured. Answers are kept until a session that they depend on changes.
package actor Analyst {
    nonisolated let storage: any Storage
    private let user: UserID
    private let threads: Int
    private let budget: Budget
    private var verdicts: [VerdictKey: Kept] = [:]

    /// Called when a question is asked. What it returns says whether its time is over.
    package typealias Budget = @Sendable () -> @Sendable () -> Bool

    private struct VerdictKey: Hashable {
        var user: UserID
        var session: SessionID
        var run: String?
        var metric: String?
    }

    private struct Kept {
        var stamp: Int
        var result: Result<SessionVerdict, MissingVerdict>
    }

    /// - Parameters:
    ///   - user: the owner of sessions that are named without a user.
    ///   - threads: sessions brought up to date at the same time.
    package init(
        storage: any Storage, user: UserID, threads: Int,
        budget: @escaping Budget = Analyst.time
    ) {
        self.budget = budget
        self.storage = storage
        self.user = user
        self.threads = threads
    }

    package static let time: Budget = {
        let end = ContinuousClock.now + WebLimits.maxQuestionTime
        return { ContinuousClock.now >= end }
    }

    /// Answers a question in its turn. Its time begins when it is asked.
    /// - Throws: also `QuestionTooLong`.
    private nonisolated func answer<Value: Sendable>(
        _ work: @Sendable (isolated Analyst, any QuestionStorage) throws -> Value
    ) async throws -> Value {
        try await answer(reading: storage, until: budget(), work)
    }

    private func answer<Value: Sendable>(
        reading storage: some Storage, until isSpent: @escaping @Sendable () -> Bool,
        _ work: @Sendable (isolated Analyst, any QuestionStorage) throws -> Value
    ) throws -> Value {
        try ReadBudget(storage, isSpent: isSpent).spend { try work(self, $0) }
    }

    nonisolated func compare(_ query: CompareQuery) async throws -> CompareModel {
        try await answer { try $0.compare(query, in: $1) }
    }

    /// The numbers of a target over its runs.
    nonisolated func trend(_ query: TrendQuery) async throws -> Trend {
        try await answer { try $0.trend(query, in: $1) }
    }

    /// A session as a person edits it; `nil` if there is none.
    nonisolated func editedState(_ key: DataFolder.SessionKey) async throws -> EditedState? {
        try await answer { _, storage in
            guard try DataFolder.sessions(in: storage).sessions.contains(key) else { return nil }
            let index = try SessionIndex.current(key.user, key.session, in: storage)
            return EditedState(index, in: storage, now: .now)
        }
    }

    /// Compares A with the first group of B.
    private func compare(
        _ query: CompareQuery, in storage: any Storage
    ) throws -> CompareModel {
        guard let nameA = query.a, let nameB = query.b.first else {
            throw CompareProblem.incomplete
        }
        var selection = RunSelection(
            in: storage, user: user, target: query.target, threads: threads)
        let parts = [try selection.parts(of: nameA), try selection.parts(of: nameB)]
        let groups = try selection.groups(parts)
        let settings = ComparisonSettings(metric: query.metric)
        let answer = try ComparisonAnswer(groups[0], groups[1], settings: settings) { metric in
            try selection.history(of: groups, metric: metric)
        }
        let links = parts.map { names in names.compactMap { Self.part($0, selection) } }
        return try CompareModel(
            query, a: groups[0], b: groups[1], parts: (links[0], links[1]), answer: answer,
            warnings: selection.warnings)
    }

    /// - Returns: `nil` for a name that is no session.
    private static func part(_ name: String, _ selection: RunSelection) -> CompareModel.Part? {
        // try? is right here: a part without a page of its own has no link.
        guard let (key, run) = try? selection.find(name) else { return nil }
        return CompareModel.Part(user: key.user, session: key.session, run: run)
    }

    private func trend(_ query: TrendQuery, in storage: any Storage) throws -> Trend {
        guard let target = query.target else { throw CompareProblem.noTarget }
        let history = try TargetHistory(target: target, in: storage, threads: threads)
        return try Trend(of: history, metric: query.metric)
    }

    /// The verdict on a session. That a run records is known at once, so that a page which follows
    /// it never waits for a comparison.
    nonisolated func verdict(
        on summary: SessionSummary, query: SessionQuery, catalog: Catalog
    ) async -> Result<SessionVerdict, MissingVerdict> {
        let key = VerdictKey(
            user: summary.user, session: summary.session, run: query.run,
            metric: MetricChoice.name(query.metric, in: summary))
        guard !SessionVerdict.isRecording(summary, run: key.run) else {
            return .failure(MissingVerdict(why: .recording))
        }
        let stamp = Self.stamp(summary, catalog)
        do {
            return try await answer { $0.verdict(on: summary, key, stamp: stamp, in: $1) }
        } catch {
            return .failure(MissingVerdict(why: .failed(WebLimits.questionTooLongText)))
        }
    }

    /// From memory while nothing that it depends on has changed.
    private func verdict(
        on summary: SessionSummary, _ key: VerdictKey, stamp: Int, in storage: any QuestionStorage
    ) -> Result<SessionVerdict, MissingVerdict> {
        if let kept = verdicts[key], kept.stamp == stamp { return kept.result }
        let result = SessionVerdict.of(
            summary, run: key.run, metric: key.metric, in: storage, threads: threads)
        // Of part of what it needs, it is no verdict, and is not kept.
        guard !storage.hasRefused else { return result }
        if verdicts.count >= WebLimits.maxKeptVerdicts { verdicts.removeAll() }
        verdicts[key] = Kept(stamp: stamp, result: result)
        return result
    }

    /// Changes with every session of the same targets that does not record right now.
    private static func stamp(_ summary: SessionSummary, _ catalog: Catalog) -> Int {
        let targets = Set(summary.runs.compactMap(\.target).map(ExactText.init))
        var hasher = Hasher()
        hasher.combine(summary.eventCount)
        hasher.combine(summary.runs.map(\.state))
        for entry in catalog.entries
        where !entry.isRunning && entry.targets.contains(where: { targets.contains(ExactText($0)) })
        {
            hasher.combine(entry)
        }
        return hasher.finalize()
    }
}

/// What the query of a comparison or trend lacks.
enum CompareProblem: Error, CustomStringConvertible {
    /// A or B is not named.
    case incomplete
    /// A trend is of a target.
    case noTarget

    var description: String {
        switch self {
        case .noTarget: "name the target: ?target=TARGET"
        case .incomplete: "name two groups: ?a=USER/SESSION&b=USER/SESSION"
        }
    }
}
