package import TrackerLog

/// Makes the summary that a page or command shows from the folded state.
extension SessionState {
    /// - Parameters:
    ///   - health: damage found in the files; what the state knows is added.
    ///   - withSeries: whether runs include their series. There may be thousands, and a row of the
    ///     catalogue needs none.
    package func summary(
        user: UserID, session: SessionID, health: SessionHealth, withSeries: Bool = true
    ) -> SessionSummary {
        canonicalise()
        return SessionSummary(
            user: user, session: session, name: info.name?.text, host: info.host?.text,
            commit: info.commit?.text, tags: tags, isArchived: isArchived,
            notes: edits.filter { $0.kind == .note }, runs: runSummaries(withSeries: withSeries),
            overflow: series.overflowAccumulator.map { store[$0].aggregate },
            health: complete(health), first: Timestamp(milliseconds: firstMs),
            last: Timestamp(milliseconds: lastMs), eventCount: events)
    }

    private func complete(_ health: SessionHealth) -> SessionHealth {
        var health = health
        health.badLineCount = badLines
        health.gaps = gaps
        health.missingFrames = SaturatingCount.reported(
            health.gaps.reduce(0) { SaturatingCount.sum($0, $1.last - $1.first + 1) })
        health.duplicateFrames = duplicateFrames
        health.conflictingFrames = conflictingFrames
        health.droppedEvents = SaturatingCount.reported(droppedEvents)
        return health
    }

    /// Tags whose last edit is `tag`, sorted.
    private var tags: [String] {
        var isSet: [String: Bool] = [:]
        // Edits are ordered by time, then text: at the same time, `untag` comes after `tag`.
        for edit in edits where edit.run == nil {
            if edit.kind == .tag { isSet[edit.text] = true }
            if edit.kind == .untag { isSet[edit.text] = false }
        }
        return isSet.filter(\.value).keys.sorted()
    }

    private var isArchived: Bool {
        let last = edits.last { $0.run == nil && ($0.kind == .archive || $0.kind == .restore) }
        return last?.kind == .archive
    }

    private func runSummaries(withSeries: Bool) -> [RunSummary] {
        var seriesByRun: [ExactText: [SeriesSummary]] = [:]
        if withSeries {
            for at in series.sorted {
                let entry = series.entries[at]
                let texts = unsafe SeriesKey.texts(of: series.index.key(at: at))
                seriesByRun[ExactText(texts.run), default: []].append(
                    SeriesSummary(
                        metric: texts.metric, unit: entry.unit, labels: texts.labels,
                        aggregate: store[entry.accumulator].aggregate))
            }
        } else if timelines.firstExcludedRank != nil {
            // A run may have series only, because its curves were excluded.
            for at in series.entries.indices {
                let texts = unsafe SeriesKey.texts(of: series.index.key(at: at))
                seriesByRun[ExactText(texts.run)] = []
            }
        }
        var timelinesByRun: [ExactText: [Timeline]] = [:]
        for timeline in timelines.timelines {
            timelinesByRun[timeline.key.run, default: []].append(timeline)
        }
        let names = Set(runs.keys).union(seriesByRun.keys).union(timelinesByRun.keys)
        return
            names
            .map { name in
                runSummary(
                    name, series: seriesByRun[name] ?? [],
                    timelines: (timelinesByRun[name] ?? []).sorted { $0.key < $1.key })
            }
            .sorted {
                ($0.started ?? .epoch, ExactText($0.run))
                    < ($1.started ?? .epoch, ExactText($1.run))
            }
    }

    private func runSummary(
        _ name: ExactText, series: [SeriesSummary], timelines: [Timeline]
    ) -> RunSummary {
        let started = runs[name]?.started
        let finished = runs[name]?.finished
        let first = timelines.map(\.firstMs).min().flatMap(Timestamp.init(milliseconds:))
        let last = timelines.map(\.lastMs).max().flatMap(Timestamp.init(milliseconds:))
        let state: RunSummary.State =
            switch finished?.state {
            case .finished: .finished
            case .failed: .failed
            case .stopped: .stopped
            case nil: started == nil ? .unannounced : .running
            }
        return RunSummary(
            run: name.text, test: started?.test, target: started?.target, commit: started?.commit,
            state: state, started: started?.timestamp ?? first ?? finished?.timestamp,
            finished: finished?.timestamp, last: last,
            params: started?.params ?? .emptyObject,
            environment: started?.environment ?? .emptyObject, reported: finished?.summary,
            series: series, timelines: timelines.map(timelineSummary))
    }

    private func timelineSummary(_ timeline: Timeline) -> MetricTimeline {
        var total = Accumulator()
        defer { total.buckets.free() }
        let accumulators = timeline.accumulators.sorted { $0.key < $1.key }
        let buckets = accumulators.map { index, accumulator in
            total.merge(store[accumulator])
            return TimeBucket(
                startMs: index * timeline.widthMs, aggregate: store[accumulator].aggregate)
        }
        return MetricTimeline(
            metric: timeline.key.metric.text, unit: timeline.unit, bucketWidthMs: timeline.widthMs,
            buckets: buckets, total: total.aggregate)
    }
}

extension SessionHealth {
    /// No damage.
    package static let whole = SessionHealth(
        badRegions: [], badRegionCount: 0, badRegionBytes: 0, badLines: [], badLineCount: 0,
        gaps: [], missingFrames: 0, uncheckedFrames: 0, duplicateFrames: 0, conflictingFrames: 0,
        newerFrames: 0, droppedEvents: 0, pendingBytes: 0, ignoredFiles: [])
}
