package import TrackerLog

/// Makes the summary that a page or command shows from the folded state.
extension SessionState {
    /// - Parameters:
    ///   - health: damage found in the files; what the state knows is added.
    ///   - now: what is ahead of it in lines without a header dates nothing: see `BareStrays`.
    ///   - withSeries: whether runs include their series. There may be thousands, and a row of the
    ///     catalogue needs none.
    package func summary(
        user: UserID, session: SessionID, health: SessionHealth, now: Timestamp,
        withSeries: Bool = true
    ) -> SessionSummary {
        canonicalise()
        let curves = ShownCurves(self, now: now)
        summarised.forget(unlessOf: curves.dated.count + curves.doubtful.count)
        let (edits, span) = (editsInForce, span(of: curves))
        var runs = runSummaries(curves, withSeries: withSeries)
        let units = SessionUnits(uniting: &runs)
        let health = complete(health, curves)
        if !health.lost.isEmpty {
            for index in runs.indices { runs[index].lost = health.lost.part(of: runs[index]) }
        }
        var summary = SessionSummary(
            user: user, session: session, name: name(by: edits), host: info.host?.text,
            commit: info.commit?.text, tags: Self.tags(by: edits),
            isArchived: Self.isArchived(by: edits), notes: edits.filter { $0.kind == .note },
            edits: edits, runs: Self.marked(runs, by: edits),
            overflow: series.overflowAccumulator.map { store[$0].aggregate },
            health: health,
            first: span?.lowerBound, last: span?.upperBound, eventCount: events)
        summary.undated = undated(curves, span)
        summary.declared = declared.declarations
        summary.units = units.notes
        summary.uncountedSamples = uncountedSamples
        summary.unkeptEdits = editTable.unkept
        return summary
    }

    /// Samples whose curve and total were both too many: each sample is in one of them.
    private var uncountedSamples: Int {
        let tables = [timelines, doubtfulTimelines, bare.curves]
        guard tables.contains(where: { $0.firstExcludedRank != nil }) else { return 0 }
        var counted: UInt64 = 0
        for timeline in tables.flatMap(\.timelines) {
            for id in Array(timeline.accumulators.values) + (timeline.total.map { [$0] } ?? []) {
                counted = SaturatingCount.sum(counted, store[id].count)
            }
        }
        return max(0, samples - Int(SaturatingCount.reported(counted)))
    }

    private func complete(_ health: SessionHealth, _ curves: ShownCurves) -> SessionHealth {
        var health = health
        health.badLineCount = badLines
        health.gaps = gaps
        health.missingFrames = SaturatingCount.reported(
            health.gaps.reduce(0) { SaturatingCount.sum($0, $1.last - $1.first + 1) })
        health.duplicateFrames = duplicateFrames
        health.conflictingFrames = conflictingFrames
        health.droppedEvents = SaturatingCount.reported(droppedEvents)
        health.lost = LostRecords(health.gaps, health, present: events)
        health.implausibleTimes = curves.doubtfulSpan.events
        health.hasNoPlausibleTime = health.implausibleTimes > 0 && !curves.hasDates
        health.ignoredMetricFields = SaturatingCount.reported(declared.ignored)
        health.hasExcludedMetrics = declared.hasExcluded
        return health
    }

    /// Tags whose last edit is `tag`, sorted.
    private static func tags(by edits: [Edit]) -> [String] {
        var isSet: [ExactText: Bool] = [:]
        // Edits are ordered by time, then text: at the same time, `untag` comes after `tag`.
        for edit in edits where edit.run == nil {
            if edit.kind == .tag { isSet[ExactText(edit.text)] = true }
            if edit.kind == .untag { isSet[ExactText(edit.text)] = false }
        }
        return isSet.filter(\.value).keys.sorted().map(\.text)
    }

    private static func isArchived(by edits: [Edit]) -> Bool {
        let last = edits.last { $0.run == nil && ($0.kind == .archive || $0.kind == .restore) }
        return last?.kind == .archive
    }

    /// What is known of a run beside its start and end.
    private struct RunParts {
        var series: [SeriesSummary] = []
        var timelines: [ShownCurves.Curve] = []
        var doubtful: [ShownCurves.Curve] = []
    }

    private func runSummaries(_ curves: ShownCurves, withSeries: Bool) -> [RunSummary] {
        let parts = runParts(curves, withSeries: withSeries)
        var summaries = runs.facts.map { name, facts in
            runSummary(name, facts, parts[name] ?? RunParts(), curves)
        }
        let highest = runs.highest
        for (name, parts) in parts where runs[name] == nil {
            var summary = runSummary(name, RunFacts(), parts, curves)
            if let highest, !name.text.isEmpty, highest < RunTable.place(of: name) {
                summary.state = .beyondLimit
            }
            summaries.append(summary)
        }
        return RunSummary.oldestFirst(summaries)
    }

    private func runParts(_ curves: ShownCurves, withSeries: Bool) -> [ExactText: RunParts] {
        var parts: [ExactText: RunParts] = [:]
        if withSeries {
            for at in series.sorted {
                let texts = unsafe SeriesKey.texts(of: series.index.key(at: at))
                parts[ExactText(texts.run), default: RunParts()].series.append(
                    SeriesSummary(
                        metric: texts.metric,
                        unit: texts.unit ?? declared[ExactText(texts.metric)]?.unit,
                        labels: texts.labels,
                        aggregate: store[series.entries[at].accumulator].aggregate))
            }
        }
        for curve in curves.dated {
            parts[curve.timeline.key.run, default: RunParts()].timelines.append(curve)
        }
        for curve in curves.doubtful {
            parts[curve.timeline.key.run, default: RunParts()].doubtful.append(curve)
        }
        return parts
    }

    private func runSummary(
        _ name: ExactText, _ facts: RunFacts, _ parts: RunParts, _ curves: ShownCurves
    ) -> RunSummary {
        let (timelines, doubtful) = (parts.timelines, parts.doubtful)
        let (started, finished) = (facts.started, facts.finished)
        let hasStart = facts.startIsPlausible && !curves.isStray(started?.timestamp, of: name)
        let hasEnd = facts.endIsPlausible && !curves.isStray(finished?.timestamp, of: name)
        let isDated = !timelines.isEmpty || hasStart || hasEnd
        let start = isDated && !hasStart ? nil : started?.timestamp
        let end = isDated && !hasEnd ? nil : finished?.timestamp
        let shown = (isDated ? timelines : doubtful).map(\.timeline)
        let first = shown.map(\.firstMs).min().flatMap(Timestamp.init(milliseconds:))
        let last = shown.map(\.lastMs).max().flatMap(Timestamp.init(milliseconds:))
        let state: RunSummary.State =
            switch finished?.state {
            case .finished: .finished
            case .failed: .failed
            case .stopped: .stopped
            case nil: started == nil ? .unannounced : .running
            }
        var summary = RunSummary(
            run: name.text, test: started?.test, target: started?.target, commit: started?.commit,
            state: state,
            started: start ?? first ?? end, finished: end, last: last,
            params: started?.params ?? .emptyObject,
            environment: started?.environment ?? .emptyObject, reported: finished?.summary,
            series: parts.series,
            timelines: timelineSummaries(timelines, doubtful, hasDates: curves.hasDates))
        summary.undated = undated(
            summary.started, isDoubtful: !isDated && !facts.startIsPlausible, now: curves.now)
        summary.unkept = facts.unkept
        summary.dropReportedSample()
        return summary
    }

    /// One curve for each metric and unit, by metric. A metric without a plausible time has no
    /// buckets in a session that has dates.
    private func timelineSummaries(
        _ dated: [ShownCurves.Curve], _ doubtful: [ShownCurves.Curve], hasDates: Bool
    ) -> [MetricTimeline] {
        guard !doubtful.isEmpty else {
            return dated.sorted { $0.timeline.key < $1.timeline.key }.map { timelineSummary($0) }
        }
        let curves = Dictionary(dated.map { ($0.timeline.key, $0) }) { first, _ in first }
        let undated = Dictionary(doubtful.map { ($0.timeline.key, $0) }) { first, _ in first }
        return Set(curves.keys).union(undated.keys).sorted().compactMap { key -> MetricTimeline? in
            guard let curve = curves[key] else {
                return undated[key].map {
                    hasDates ? timelineSummary(nil, undated: $0) : timelineSummary($0)
                }
            }
            return timelineSummary(curve, undated: undated[key])
        }
    }

    /// - Parameters:
    ///   - curve: the samples shown over time.
    ///   - undated: those that only count.
    private func timelineSummary(
        _ shown: ShownCurves.Curve?, undated: ShownCurves.Curve? = nil
    ) -> MetricTimeline {
        let curve = shown?.timeline
        if undated == nil, let shown, shown.timeline.total == nil,
            shown.timeline.accumulators.count == 1
        {
            return timelineSummary(ofOneBucket: shown)
        }
        if undated == nil, let shown, shown.timeline.total == nil {
            return timelineSummary(ofBuckets: shown)
        }
        var total = Accumulator()
        defer { total.free() }
        let widthMs = curve?.widthMs ?? IndexLimits.baseBucketMs
        let pool = shown?.pool ?? store
        if let all = curve?.total { total.merge(pool[all]) }
        let accumulators = (curve?.accumulators ?? [:]).sorted { $0.key < $1.key }
        let buckets = accumulators.map { index, accumulator in
            total.merge(pool[accumulator])
            return TimeBucket(startMs: index * widthMs, aggregate: pool[accumulator].aggregate)
        }
        var rest = Accumulator()
        defer { rest.free() }
        if let undated {
            for accumulator in undated.timeline.accumulators.values {
                rest.merge(undated.pool[accumulator])
            }
            if let all = undated.timeline.total { rest.merge(undated.pool[all]) }
        }
        total.merge(rest)
        return timelineSummary(
            (shown ?? undated)?.timeline.key, widthMs: widthMs, buckets,
            undated: undated.map { _ in rest.aggregate }, total: total.aggregate)
    }

    /// The usual curve of a short session, whose bucket is its total.
    private func timelineSummary(ofOneBucket shown: ShownCurves.Curve) -> MetricTimeline {
        let curve = shown.timeline
        let buckets = curve.accumulators.map { index, accumulator in
            TimeBucket(
                startMs: index * curve.widthMs, aggregate: shown.pool[accumulator].aggregate)
        }
        return timelineSummary(
            curve.key, widthMs: curve.widthMs, buckets, undated: nil, total: buckets[0].aggregate)
    }

    /// A curve without samples that only count: computed when it has new ones.
    private func timelineSummary(ofBuckets shown: ShownCurves.Curve) -> MetricTimeline {
        let curve = shown.timeline
        let stamp = SummarisedCurves.Stamp(curve, in: shown.pool)
        let known = summarised.curve(of: curve.key, at: stamp)
        let found = known ?? Self.curve(of: shown)
        if known == nil { summarised.keep(found, of: curve.key, at: stamp) }
        return timelineSummary(
            curve.key, widthMs: curve.widthMs, found.buckets, undated: nil, total: found.total)
    }

    private static func curve(of shown: ShownCurves.Curve) -> SummarisedCurves.Curve {
        var total = Accumulator()
        defer { total.free() }
        let accumulators = shown.timeline.accumulators.sorted { $0.key < $1.key }
        let buckets = accumulators.map { index, accumulator in
            total.merge(shown.pool[accumulator])
            return TimeBucket(
                startMs: index * shown.timeline.widthMs,
                aggregate: shown.pool[accumulator].aggregate)
        }
        return SummarisedCurves.Curve(buckets: buckets, total: total.aggregate)
    }

    private func timelineSummary(
        _ key: TimelineTable.Key?, widthMs: Int, _ buckets: [TimeBucket], undated: Aggregate?,
        total: Aggregate
    ) -> MetricTimeline {
        let said = key.flatMap { declared[$0.metric] }
        var timeline = MetricTimeline(
            metric: key?.metric.text ?? "", unit: key?.unit ?? said?.unit, bucketWidthMs: widthMs,
            buckets: buckets, undated: undated, total: total)
        timeline.declared = said
        return timeline
    }
}

extension SessionHealth {
    /// No damage.
    package static let whole = SessionHealth(
        badRegions: [], badRegionCount: 0, badRegionBytes: 0, badLines: [], badLineCount: 0,
        gaps: [], missingFrames: 0, uncheckedFrames: 0, duplicateFrames: 0, conflictingFrames: 0,
        newerFrames: 0, droppedEvents: 0, pendingBytes: 0, ignoredFiles: [])
}
