package import TrackerLog

/// A session's state as canonical JSON: equal states give equal text, in whatever order their
/// events were folded.
///
///     {"events":…,…,"series":[…],…,"edits":[…]           what the events say: hashed
///     ,"conflicting":…,"writers":[…],"conflicts":[…]}    which frames were folded
extension SessionState {
    /// Encodes the state.
    /// - Returns: the text, and the XXH64 of its first part, through `edits`. This hash depends on
    ///   the events only, not on how they were framed, copied or repeated.
    package func encoded() -> (text: [UInt8], contentHash: UInt64) {
        canonicalise()
        var contentHash: UInt64 = 0
        let text = TextColumnWriter.text(.named) { writer throws(ColumnError) in
            try contentColumns(&writer)
            contentHash = XXHash64.hash(writer.written)
            try frameColumns(&writer)
        }
        return (text, contentHash)
    }

    /// Decodes a state. Nothing is trusted.
    /// - Throws: the first invalid column.
    package convenience init(object: JSONValue) throws(ColumnError) {
        self.init()
        try TextColumnReader.read(object, .named) { reader throws(ColumnError) in
            try columns(&reader)
        }
    }

    /// - Precondition: a reader starts with an empty state.
    func columns<Coder: StateCoder>(_ coder: inout Coder) throws(ColumnError) {
        try contentColumns(&coder)
        try frameColumns(&coder)
    }

    /// What the events say, independent of frames.
    private func contentColumns<Coder: StateCoder>(_ coder: inout Coder) throws(ColumnError) {
        try coder.count("events", &events)
        try coder.count("samples", &samples)
        try coder.count("bad_lines", &badLines)
        try coder.count("dropped", &droppedEvents)
        try coder.timeInRange("first_ms", &firstMs, empty: .infinity)
        try coder.timeInRange("last_ms", &lastMs, empty: -.infinity)
        try seriesColumns(&coder)
        try timelineColumns(&coder, &timelines)
        try eventColumns(&coder)
        try coder.optional("doubtful", doubtful.events > 0) { coder throws(ColumnError) in
            try coder.row("doubtful", .named) { coder throws(ColumnError) in
                try coder.count("events", &doubtful.events)
                try coder.timeInRange("first_ms", &doubtful.firstMs, empty: .infinity)
                try coder.timeInRange("last_ms", &doubtful.lastMs, empty: -.infinity)
                try timelineColumns(&coder, &doubtfulTimelines)
            }
        }
        try coder.optional("bare", !bare.isEmpty) { coder throws(ColumnError) in
            try coder.row("bare", .named) { coder throws(ColumnError) in
                try coder.timeInRange("first_ms", &bare.firstMs, empty: .infinity)
                try coder.timeInRange("last_ms", &bare.lastMs, empty: -.infinity)
                try timelineColumns(&coder, &bare.curves)
            }
        }
    }

    private func seriesColumns<Coder: StateCoder>(_ coder: inout Coder) throws(ColumnError) {
        let sorted = series.sorted
        try coder.rows("series", count: sorted.count) { coder, index throws(ColumnError) in
            let entry = index < sorted.count ? sorted[index] : nil
            let known = entry.map { series.entries[$0] }
            let accumulator = known?.accumulator ?? store.make()
            let key = try unsafe coder.key(entry.map { unsafe series.index.key(at: $0) })
            try coder.accumulator(&store[accumulator])
            guard let key else { return }
            unsafe key.bytes.withUnsafeBufferPointer {
                unsafe series.append($0, rank: key.rank, accumulator: accumulator)
            }
        }
        try coder.optionalRow(
            "overflow", .positional, series.overflowAccumulator != nil
        ) { coder throws(ColumnError) in
            try coder.accumulator(&store[series.overflow(in: store)])
        }
        let first = series.firstExcluded
        try coder.optionalRow(
            "first_excluded", .positional, first != nil
        ) { coder throws(ColumnError) in
            let bytes = first?.bytes ?? []
            let key = try unsafe bytes.withUnsafeBufferPointer { bytes throws(ColumnError) in
                try unsafe coder.key(bytes)
            }
            if let key { series.restore(firstExcluded: key) }
        }
    }

    private func timelineColumns<Coder: StateCoder>(
        _ coder: inout Coder, _ table: inout TimelineTable
    ) throws(ColumnError) {
        var maxBuckets = table.maxBuckets
        var (firstTotal, firstExcluded) = (table.firstTotalRank, table.firstExcludedRank)
        try coder.count("max_cells", &maxBuckets)
        try coder.check(
            "max_cells",
            (IndexLimits.fewestTimeBuckets...IndexLimits.maxTimeBuckets).contains(maxBuckets),
            "is not a valid number of time buckets")
        try coder.unsigned("totals_from", &firstTotal)
        try coder.unsigned("totals_excluded", &firstExcluded)
        table.restore(
            firstTotalRank: firstTotal, firstExcludedRank: firstExcluded, maxBuckets: maxBuckets)
        let sorted = table.timelines.sorted { $0.key < $1.key }
        let (curves, totals) = (
            sorted.filter { $0.total == nil }, sorted.filter { $0.total != nil }
        )
        try coder.rows("timelines", count: curves.count) { coder, index throws(ColumnError) in
            let known = index < curves.count ? curves[index] : nil
            let timeline = try timelineRow(known, of: table, &coder)
            if known == nil { table.append(timeline) }
        }
        try coder.rows("totals", count: totals.count) { coder, index throws(ColumnError) in
            let known = index < totals.count ? totals[index] : nil
            let total = try totalRow(known, of: table, &coder)
            if known == nil {
                try coder.check(
                    "metric", firstTotal.map { total.rank >= $0 } ?? false,
                    "is that of a curve, not of a total")
                table.append(total)
            }
        }
    }

    private func totalRow<Coder: StateCoder>(
        _ known: Timeline?, of table: TimelineTable, _ coder: inout Coder
    ) throws(ColumnError) -> Timeline {
        var total = try namedRow(known, of: table, &coder)
        let accumulator = known?.total ?? store.make()
        try coder.accumulator(&store[accumulator])
        if known == nil { total.restore(total: accumulator) }
        return total
    }

    /// The columns that curves and totals have in common.
    private func namedRow<Coder: StateCoder>(
        _ known: Timeline?, of table: TimelineTable, _ coder: inout Coder
    ) throws(ColumnError) -> Timeline {
        var (run, metric) = (known?.key.run.text ?? "", known?.key.metric.text ?? "")
        var unit = known?.key.unit
        var (firstMs, lastMs) = (known?.firstMs ?? 0, known?.lastMs ?? 0)
        try coder.text("run", &run)
        try coder.text("metric", &metric)
        try coder.text("unit", &unit)
        try coder.timeInRange("first_ms", &firstMs)
        try coder.timeInRange("last_ms", &lastMs)
        if let known { return known }
        var timeline = Timeline(
            Timeline.Key(run: run, metric: metric, unit: unit), maxBuckets: table.maxBuckets,
            isSparse: table.isSparse)
        timeline.restore(firstMs: firstMs, lastMs: lastMs)
        return timeline
    }

    /// 2^40 seconds are 35,000 years.
    private static let maxShift = 40

    private func timelineRow<Coder: StateCoder>(
        _ known: Timeline?, of table: TimelineTable, _ coder: inout Coder
    ) throws(ColumnError) -> Timeline {
        var timeline = try namedRow(known, of: table, &coder)
        var shift = timeline.shift
        try coder.count("shift", &shift, upTo: Self.maxShift - 1)
        if known == nil { timeline.restore(shift: shift) }
        let lastIndex = Int(IndexLimits.maxTimestampMs) / timeline.widthMs
        let accumulators = (known?.accumulators ?? [:]).sorted { $0.key < $1.key }
        try coder.rows("cells", count: accumulators.count) { coder, at throws(ColumnError) in
            var index = at < accumulators.count ? accumulators[at].key : 0
            let accumulator = at < accumulators.count ? accumulators[at].value : store.make()
            try coder.count("index", &index, upTo: lastIndex)
            try coder.accumulator(&store[accumulator])
            if known == nil { timeline.restore(accumulator: accumulator, index: index) }
        }
        return timeline
    }

    private func eventColumns<Coder: StateCoder>(_ coder: inout Coder) throws(ColumnError) {
        let runs = runs.facts.sorted { $0.key < $1.key }
        try coder.rows("runs", count: runs.count) { coder, index throws(ColumnError) in
            let known = index < runs.count ? runs[index] : nil
            var name = known?.key.text ?? ""
            var started = known?.value.started.map(Event.runStarted)
            var finished = known?.value.finished.map(Event.runFinished)
            try coder.text("run", &name)
            var startIsPlausible = known?.value.startIsPlausible ?? false
            var endIsPlausible = known?.value.endIsPlausible ?? false
            try coder.event("started", &started)
            try coder.flag("start_is_plausible", &startIsPlausible)
            try coder.event("finished", &finished)
            try coder.flag("end_is_plausible", &endIsPlausible)
            guard known == nil else { return }
            self.runs.change(name) { run in
                if case .runStarted(let event)? = started {
                    run.add(event, isPlausible: startIsPlausible)
                }
                if case .runFinished(let event)? = finished {
                    run.add(event, isPlausible: endIsPlausible)
                }
            }
        }
        let fields = info.fields
        try coder.rows("info", count: fields.count) { coder, index throws(ColumnError) in
            var (field, value) =
                index < fields.count
                ? fields[index] : ("", SessionFacts.Value(at: .epoch, isPlausible: false, text: ""))
            try coder.text("field", &field)
            try coder.time("at_ms", &value.at)
            try coder.flag("is_plausible", &value.isPlausible)
            try coder.text("text", &value.text)
            if index >= fields.count { info.keep(field, value) }
        }
        try declaredColumns(&coder)
        let edits = edits
        try coder.list("edits", count: edits.count) { coder, index throws(ColumnError) in
            var event = index < edits.count ? Event.edit(edits[index]) : nil
            try coder.event("", &event)
            guard index >= edits.count, case .edit(let edit)? = event else { return }
            editTable.add(edit)
        }
        try unkeptColumns(&coder)
    }

    private func declaredColumns<Coder: StateCoder>(_ coder: inout Coder) throws(ColumnError) {
        try coder.optional("declared", !declared.isEmpty) { coder throws(ColumnError) in
            try coder.row("declared", .named) { coder throws(ColumnError) in
                try coder.count("ignored", &declared.ignored)
                try coder.flag("excluded", &declared.hasExcluded)
                let entries = declared.entries
                let none = DeclaredMetrics.Entry(
                    metric: "", field: .unit,
                    value: .init(at: .epoch, isPlausible: false, text: ""))
                try coder.rows("metrics", count: entries.count) { coder, at throws(ColumnError) in
                    var entry = at < entries.count ? entries[at] : none
                    try coder.text("metric", &entry.metric)
                    try coder.mapped(
                        "field", &entry.field, to: \.rawValue, from: { .init(rawValue: $0) })
                    try coder.time("at_ms", &entry.value.at)
                    try coder.flag("is_plausible", &entry.value.isPlausible)
                    try coder.text("text", &entry.value.text)
                    if at >= entries.count { declared.keep(entry) }
                }
            }
        }
    }

    /// Which frames were folded.
    private func frameColumns<Coder: StateCoder>(_ coder: inout Coder) throws(ColumnError) {
        try coder.count("conflicting", &conflictingFrames)
        try coder.timeInRange("written_first_ms", &writtenFirstMs, empty: .infinity)
        try coder.timeInRange("written_last_ms", &writtenLastMs, empty: -.infinity)
        let writers = identities.writers
        try coder.rows("writers", count: writers.count) { coder, index throws(ColumnError) in
            var writer =
                index < writers.count
                ? writers[index] : FrameLedger.Writer(writer: "", events: 0, runs: [])
            let count = writer.runs.count
            try coder.text("writer", &writer.writer)
            try coder.count("events", &writer.events)
            try coder.rest(count: count) { coder, at throws(ColumnError) in
                var run = at < count ? writer.runs[at] : FrameLedger.Run(first: 0, hashes: [])
                try coder.count("first", &run.first)
                try coder.hashes("hashes", &run.hashes)
                try coder.number("first_ms", &run.firstMs)
                try coder.number("last_ms", &run.lastMs)
                if at >= count { writer.runs.append(run) }
            }
            guard index >= writers.count else { return }
            let isNew = identities.restore(writer)
            try coder.check("first", isNew, "does not ascend, or the writer comes twice")
        }
        let conflicts = identities.conflicts.sorted {
            (ExactText($0.key.writer), $0.key.seq) < (ExactText($1.key.writer), $1.key.seq)
        }
        try coder.rows("conflicts", count: conflicts.count) { coder, at throws(ColumnError) in
            let known = at < conflicts.count ? conflicts[at] : nil
            var identity = known?.key ?? FrameIdentity(writer: "", seq: 0)
            var hashes = (known?.value.sorted() ?? []).map { Int($0) }
            try coder.text("writer", &identity.writer)
            try coder.count("seq", &identity.seq)
            let count = hashes.count
            try coder.rest(count: count) { coder, index throws(ColumnError) in
                var hash = index < count ? hashes[index] : 0
                try coder.count("hash", &hash, upTo: Int(UInt32.max))
                if index >= count { hashes.append(hash) }
            }
            guard known == nil else { return }
            identities.restore(
                conflict: identity, hashes: Set(hashes.map { UInt32(truncatingIfNeeded: $0) }))
        }
    }
}
