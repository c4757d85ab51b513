import TrackerLog

extension SessionState {
    /// Merges another state, folded from other frames of the same session.
    ///
    /// - Returns: `false`, with nothing changed, when both contain a frame of the same identity: it
    ///   would count twice. Fold the files of both into one state instead.
    package func merge(_ other: SessionState) -> Bool {
        identities.settle()
        other.identities.settle()
        guard identities.isDisjoint(with: other.identities) else { return false }
        identities.formUnion(other.identities)
        series.merge(other.series, from: other.store, into: store)
        timelines.merge(other.timelines, from: other.store, into: store)
        doubtful.merge(other.doubtful)
        doubtfulTimelines.merge(other.doubtfulTimelines, from: other.store, into: store)
        bare.merge(other.bare, from: other.store, into: store)
        for (run, info) in other.runs { runs[run, default: RunFacts()].merge(info) }
        info.merge(other.info)
        declared.merge(other.declared)
        edits.append(contentsOf: other.edits)
        if !other.edits.isEmpty { hasUnsortedEdits = true }
        events += other.events
        samples = SaturatingCount.sum(samples, other.samples)
        badLines += other.badLines
        duplicateFrames += other.duplicateFrames
        conflictingFrames += other.conflictingFrames
        droppedEvents = SaturatingCount.sum(droppedEvents, other.droppedEvents)
        firstMs = min(firstMs, other.firstMs)
        lastMs = max(lastMs, other.lastMs)
        forgetDestinations()
        cutExcess()
        return true
    }

    /// Brings the state into canonical form: all limits are enforced exactly, late numbers merged.
    package func canonicalise() {
        let before = (
            series.entries.count, timelines.timelines.count, bare.curves.timelines.count
        )
        series.cut(in: store)
        timelines.cut(in: store)
        doubtfulTimelines.cut(in: store)
        bare.curves.cut(in: store)
        // Ids change only when something was excluded.
        if before
            != (series.entries.count, timelines.timelines.count, bare.curves.timelines.count)
        {
            forgetDestinations()
        }
        cutRuns()
        declared.cut()
        cutEdits()
        identities.settle()
    }

    /// Enforces the limits on what is far beyond them. `canonicalise` enforces them exactly, but
    /// takes time with the size of the state: too much for each of many merges.
    func cutExcess() {
        cutTimelines()
        if edits.count >= 2 * IndexLimits.maxEditsPerSession { cutEdits() }
        if runs.count >= 2 * IndexLimits.maxRunsPerSession { cutRuns() }
    }

    /// Keeps the runs of lowest rank: see `SeriesTable`.
    func cutRuns() {
        guard runs.count > IndexLimits.maxRunsPerSession else { return }
        let kept = runs.keys.map { Self.place(of: $0) }.sorted(by: <).prefix(
            IndexLimits.maxRunsPerSession)
        runs = Dictionary(uniqueKeysWithValues: kept.map { ($0.1, runs[$0.1] ?? RunFacts()) })
    }

    /// Where a run stands in the order in which runs are kept.
    static func place(of run: ExactText) -> (rank: UInt64, run: ExactText) {
        (SeriesKey(run: run.text, metric: "", labels: []).rank, run)
    }

    /// The last run that is kept, once there are as many as may be: behind it no start and no end
    /// is known. `nil` while there are fewer.
    var highestRun: (rank: UInt64, run: ExactText)? {
        guard runs.count >= IndexLimits.maxRunsPerSession else { return nil }
        return runs.keys.map { Self.place(of: $0) }.max(by: <)
    }

    /// Keeps the latest edits, ordered by time and text; those without a plausible time first.
    func cutEdits() {
        // Sorting encodes every edit, which is too slow for each update of a followed session.
        guard hasUnsortedEdits else { return }
        hasUnsortedEdits = false
        edits =
            edits
            .map { (edit: $0, line: canonicalLine(.edit($0))) }
            .sorted { a, b in
                a.edit.timestamp != b.edit.timestamp
                    ? isEarlier(a.edit.timestamp, b.edit.timestamp)
                    : a.line.lexicographicallyPrecedes(b.line)
            }
            .suffix(IndexLimits.maxEditsPerSession)
            .map(\.edit)
    }
}
