package import TrackerIndexer
package import TrackerLog

/// Whether the runs of a session are better than those before: against the baseline of the target,
/// else against its last session under like conditions.
package struct SessionVerdict: Sendable {
    package enum Reference: Sendable, Hashable {
        case baseline
        case lastLike(DataFolder.SessionKey)
    }

    /// Why there is no verdict.
    package enum Missing: Sendable, Hashable {
        /// A run has not ended.
        case recording
        /// No finished run that counts.
        case nothingFinished
        /// Nothing says which other sessions are of the same thing.
        case noTarget
        case severalTargets
        /// The session is what others are compared with.
        case isBaseline(target: String)
        /// No earlier session of the target was measured under like conditions.
        case first(target: String)
        /// Why the comparison failed, as text.
        case failed(String)
    }

    package var reference: Reference
    package var target: String
    /// The groups, as `tracker compare` names them.
    package var nameA: String
    package var nameB: String
    package var answer: ComparisonAnswer
    /// The samples of A, in the unit of the comparison; `nil` where they were reported.
    package var before: Population?

    package init(
        reference: Reference, target: String, nameA: String, nameB: String,
        answer: ComparisonAnswer, before: Population? = nil
    ) {
        self.before = before
        self.reference = reference
        self.target = target
        self.nameA = nameA
        self.nameB = nameB
        self.answer = answer
    }
}

extension SessionVerdict {
    /// - Parameters:
    ///   - run: judges this run alone.
    ///   - metric: `nil` takes the headline.
    ///   - threads: sessions brought up to date at the same time.
    package static func of(
        _ summary: SessionSummary, run: String? = nil, metric: String? = nil,
        in storage: any Storage, threads: Int
    ) -> Result<SessionVerdict, MissingVerdict> {
        do {
            return .success(
                try found(summary, run: run, metric: metric, in: storage, threads: threads))
        } catch let missing as MissingVerdict {
            return .failure(missing)
        } catch {
            return .failure(MissingVerdict(why: .failed("\(error)")))
        }
    }

    private static func inView(_ summary: SessionSummary, _ run: String?) -> [RunSummary] {
        summary.runs.filter { run == nil || $0.run.isExactly(run) }
    }

    /// Whether a run that would be judged has not ended.
    package static func isRecording(_ summary: SessionSummary, run: String?) -> Bool {
        inView(summary, run).contains { $0.state == .running }
    }

    private static func found(
        _ summary: SessionSummary, run: String?, metric: String?, in storage: any Storage,
        threads: Int
    ) throws -> SessionVerdict {
        guard !isRecording(summary, run: run) else { throw MissingVerdict(why: .recording) }
        let runs = inView(summary, run)
        let finished = runs.filter {
            $0.state == .finished && (run != nil || $0.leftOut == nil)
        }
        guard !finished.isEmpty else { throw MissingVerdict(why: .nothingFinished) }
        let targets = finished.compactMap(\.target).distinctSorted
        guard let target = targets.first else { throw MissingVerdict(why: .noTarget) }
        guard targets.count == 1 else { throw MissingVerdict(why: .severalTargets) }
        let key = DataFolder.SessionKey(user: summary.user, session: summary.session)
        let history = try TargetHistory(target: target, in: storage, threads: threads)
        let reference = try history.reference(of: finished, in: key, startedAt: summary.listedFirst)
        let nameA =
            switch reference {
            case .baseline: "baseline"
            case .lastLike(let key): "\(key.user)/\(key.session)"
            }
        let nameB = "\(key.user)/\(key.session)" + (run.map { "#\($0)" } ?? "")
        var selection = RunSelection(
            in: storage, user: key.user, target: target, threads: threads)
        let groups = try selection.groups([[nameA], [nameB]])
        let settings = ComparisonSettings(metric: metric)
        let answer = try ComparisonAnswer(groups[0], groups[1], settings: settings) { metric in
            try selection.history(of: groups, metric: metric)
        }
        let main = answer.main
        let before =
            main.isReported
            ? nil
            : try ComparisonUnits(main.metric, groups[0], groups[1]).a.successes(of: main.metric)
        return SessionVerdict(
            reference: reference, target: target, nameA: nameA, nameB: nameB, answer: answer,
            before: before)
    }
}

/// There is no verdict.
package struct MissingVerdict: Error, Sendable, Hashable {
    package var why: SessionVerdict.Missing

    package init(why: SessionVerdict.Missing) { self.why = why }
}

extension TargetHistory {
    /// What the runs of a session are compared with.
    fileprivate func reference(
        of runs: [RunSummary], in key: DataFolder.SessionKey, startedAt start: Timestamp?
    ) throws -> SessionVerdict.Reference {
        var pinned: [TargetRun] = []
        do throws(TargetError) {
            pinned = try baseline()
        } catch {
            // Without one: the last session that was measured alike.
            guard case .noBaseline = error else { throw error }
        }
        guard !pinned.contains(where: { $0.key == key }) else {
            throw MissingVerdict(why: .isBaseline(target: target))
        }
        if !pinned.isEmpty { return .baseline }
        let wanted = Set(runs.map(LikeConditions.key))
        for (entry, digest) in try digests(metric: nil)
        where !entry.isArchived && entry.key != key {
            guard let first = entry.first, first < start ?? .epoch else { continue }
            if digest.runs.contains(where: { wanted.contains($0.conditions) }) {
                return .lastLike(entry.key)
            }
        }
        throw MissingVerdict(why: .first(target: target))
    }
}
