package import TrackerIndexer
package import TrackerLog

/// One finished run of a target.
package struct TargetRun: Sendable {
    package var key: DataFolder.SessionKey
    package var summary: RunSummary

    /// `USER/SESSION#RUN`.
    package var name: String { Self.name(summary.run, in: key) }

    static func name(_ run: String, in key: DataFolder.SessionKey) -> String {
        "\(key.user)/\(key.session)#\(run)"
    }
    package var commit: String? { summary.commit }

    /// Whether its commit begins with these digits, or is an abbreviation of them.
    package func isOf(commit: String) -> Bool {
        self.commit.map { Self.isSame($0, commit) } ?? false
    }

    /// Whether one of two commits begins with the other.
    static func isSame(_ a: String, _ b: String) -> Bool {
        let (a, b) = (a.lowercased(), b.lowercased())
        return min(a.utf8.count, b.utf8.count) >= TrendLimits.minCommitDigits
            && (a.utf8.starts(with: b.utf8) || b.utf8.starts(with: a.utf8))
    }
}

/// The runs of a target in one session.
package struct TargetSession: Sendable {
    /// A person's choice of runs as the baseline.
    struct Pin: Sendable, Equatable {
        var at: Timestamp
        /// `nil` pins all runs of the session.
        var run: String?

        /// A pin of a time that nobody can mean is older than all others.
        func isNewer(than other: Pin) -> Bool {
            at.isPlausible == other.at.isPlausible ? at > other.at : at.isPlausible
        }
    }

    /// Finished runs, oldest first.
    package let runs: [TargetRun]
    /// Runs of the target that a person left out, whatever their state.
    let leftOut: [LeftOutRun]
    /// The other runs of the target: not finished, failed, stopped, or without a start.
    let unfinished: [TargetRun]
    package var unfinishedCount: Int { unfinished.count }
    package let isWhole: Bool
    /// Whether the result stays the same until the session is written to.
    let isSettled: Bool
    /// The last pin of a finished run of the target.
    let pin: Pin?

    init(
        _ key: DataFolder.SessionKey, _ target: String, _ index: SessionIndex,
        in storage: any Storage
    ) {
        let summary = index.summary(now: .now, in: storage)
        let all = summary.runs.filter { target.isExactly($0.target) }
            .map { run in
                var run = run
                run.commit = run.commit ?? summary.commit
                return run
            }
        let finished = all.filter { $0.state == .finished && $0.leftOut == nil }
            .map { TargetRun(key: key, summary: $0) }
        // A pinned run that was left out stays pinned: the pin before it must not count silently.
        let names = Set(all.filter { $0.state == .finished }.map { ExactText($0.run) })
        let pins = index.state.editsInForce.filter { edit in
            edit.kind == .baseline
                && (edit.run.map { names.contains(ExactText($0)) } ?? !names.isEmpty)
        }
        runs = finished
        leftOut = all.compactMap { LeftOutRun($0, in: key) }
        unfinished = all.filter { $0.state != .finished && $0.leftOut == nil }
            .map { TargetRun(key: key, summary: $0) }
        isWhole =
            summary.health.isWhole && summary.uncountedSamples == 0 && index.problem == nil
        isSettled =
            index.problem == nil && summary.health.pendingBytes == 0
            && !summary.runs.contains { $0.state == .running }
        pin = pins.last.map { Pin(at: $0.timestamp, run: $0.run) }
    }

    func pinned(_ pin: Pin) -> [TargetRun] {
        runs.filter { pin.run == nil || $0.summary.run.isExactly(pin.run) }
    }
}
