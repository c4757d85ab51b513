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

    /// The last folds of spans: a page is followed by questions about its panels.
    private var folds: [(key: FoldKey, fold: SpanFold)] = []

    private struct FoldKey: Hashable {
        var session: DataFolder.SessionKey
        var events: Int
        var span: Interval
    }

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

    /// - Parameter isEach: whether each group of B is compared with A, not the first alone.
    nonisolated func compare(
        _ query: CompareQuery, isEach: Bool = false
    ) async throws -> CompareModel {
        try await answer {
            let comparing = GroupComparing(query, in: $1, user: $0.user, threads: $0.threads)
            return isEach ? try comparing.each() : try comparing.first()
        }
    }

    /// The numbers of a target over its runs.
    nonisolated func trend(_ query: TrendQuery) async throws -> Trend {
        try await answer { try $0.trend(query, in: $1) }
    }

    /// What was measured in a span of time, from the log.
    /// - Returns: `nil` without a span, and where the log cannot be read in the time that a
    ///   question has: the page then shows what the columns have, and says so.
    nonisolated func fold(of span: SpanQuery?, in summary: SessionSummary) async -> SpanFold? {
        guard let interval = span?.interval else { return nil }
        let key = FoldKey(
            session: .init(user: summary.user, session: summary.session),
            events: summary.eventCount, span: interval)
        // try? is right here: see above.
        return try? await answer { try $0.fold(key, in: $1) }
    }

    private func fold(_ key: FoldKey, in storage: any Storage) throws -> SpanFold {
        if let kept = folds.first(where: { $0.key == key }) { return kept.fold }
        let fold = try SpanFold(key.session, key.span, in: storage, now: .now)
        folds = [(key, fold)] + folds.prefix(WebLimits.maxKeptFolds - 1)
        return fold
    }

    /// A session as a person edits it; `nil` if there is none.
    nonisolated func editedState(_ key: DataFolder.SessionKey) async throws -> EditedState? {
        try await answer { _, storage in
            guard try DataFolder.sessions(in: storage).sessions.contains(key) else { return nil }
            let index = try SessionIndex.current(key.user, key.session, in: storage)
            return EditedState(index, in: storage, now: .now)
        }
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
        where !entry.isRunning
            && (entry.unkeptNames > 0
                || entry.targets.contains { targets.contains(ExactText($0)) })
        {
            hasher.combine(entry)
        }
        return hasher.finalize()
    }
}
