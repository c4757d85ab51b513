import TrackerLog

/// The curves as they are shown: those of lines without a header joined with the others, and their
/// strays with what has no plausible time.
struct ShownCurves {
    /// A curve, and where its accumulators are.
    struct Curve {
        let timeline: Timeline
        let pool: AccumulatorPool
    }

    private(set) var dated: [Curve]
    private(set) var doubtful: [Curve]
    /// The span of all plausible events; infinite when there is none.
    private(set) var firstMs: Double
    private(set) var lastMs: Double
    /// All other events.
    private(set) var doubtfulSpan: EventSpan
    /// What is ahead of it dates nothing.
    let now: Timestamp
    private var strays: BareStrays?
    /// Runs whose start and end were judged as well.
    private var judged: Set<ExactText> = []

    /// Whether any event has a plausible time. If none has, they are taken as they are.
    var hasDates: Bool { firstMs <= lastMs }

    /// Whether the start or end of a run is a stray.
    func isStray(_ time: Timestamp?, of run: ExactText) -> Bool {
        guard let strays, let time, judged.contains(run) else { return false }
        return strays.contains(time.milliseconds, in: run)
    }

    init(_ state: SessionState, now: Timestamp) {
        self.now = now
        let store = state.store
        dated = state.timelines.timelines.map { Curve(timeline: $0, pool: store) }
        doubtful = state.doubtfulTimelines.timelines.map { Curve(timeline: $0, pool: store) }
        (firstMs, lastMs) = (state.firstMs, state.lastMs)
        doubtfulSpan = state.doubtful
        let bare = state.bare
        guard !bare.isEmpty else { return }
        let isFar =
            max(lastMs, bare.lastMs) - min(firstMs, bare.firstMs) > IndexLimits.plausibleLeadMs
        let isAhead = now.isPlausible && bare.lastMs > now.milliseconds
        guard isFar || isAhead else {
            (firstMs, lastMs) = (min(firstMs, bare.firstMs), max(lastMs, bare.lastMs))
            join(bare.curves, state, strays: nil)
            return
        }
        let facts = Self.facts(of: state)
        judged = Set(facts.map(\.run))
        let strays = BareStrays(
            Self.pieces(of: state) + facts, isPartial: bare.curves.firstExcludedRank != nil,
            now: now)
        self.strays = strays
        for piece in facts where strays.contains(piece.span.firstMs, in: piece.run) {
            doubtfulSpan.merge(piece.span)
        }
        (firstMs, lastMs) = (strays.kept.firstMs, strays.kept.lastMs)
        join(bare.curves, state, strays: strays)
    }

    /// The starts and ends of runs without a sample that has a header, and what was said of the
    /// session.
    private static func facts(of state: SessionState) -> [BareStrays.Piece] {
        let headed = Set(state.timelines.timelines.map(\.key.run))
        var times: [(ExactText, Timestamp)] = state.info.fields.compactMap { _, value in
            value.isPlausible ? (ExactText(""), value.at) : nil
        }
        for (run, facts) in state.runs.facts where !headed.contains(run) {
            if facts.startIsPlausible, let start = facts.started {
                times.append((run, start.timestamp))
            }
            if facts.endIsPlausible, let end = facts.finished {
                times.append((run, end.timestamp))
            }
        }
        return times.map { run, time in
            var span = EventSpan()
            span.add(time.milliseconds)
            return BareStrays.Piece(run: run, span: span)
        }
    }

    private static func span(of curve: Timeline, _ store: AccumulatorPool) -> EventSpan {
        let ids = Array(curve.accumulators.values) + (curve.total.map { [$0] } ?? [])
        return EventSpan(
            events: ids.reduce(0) { SaturatingCount.sum($0, reportedCount($1, store)) },
            firstMs: curve.firstMs, lastMs: curve.lastMs)
    }

    private static func reportedCount(_ id: AccumulatorID, _ store: AccumulatorPool) -> Int {
        Int(SaturatingCount.reported(store[id].count))
    }

    /// All samples, and the time in which there were lines with a header.
    private static func pieces(of state: SessionState) -> [BareStrays.Piece] {
        var pieces = state.timelines.timelines.map {
            BareStrays.Piece(run: $0.key.run, span: span(of: $0, state.store), isHeaded: true)
        }
        if state.firstMs <= state.lastMs {
            let span = EventSpan(events: 1, firstMs: state.firstMs, lastMs: state.lastMs)
            pieces.append(.init(run: ExactText(""), span: span, isHeaded: true))
        }
        for curve in state.bare.curves.timelines {
            guard curve.total == nil else {
                pieces.append(.init(run: curve.key.run, span: span(of: curve, state.store)))
                continue
            }
            for (index, id) in curve.accumulators {
                let span = EventSpan(
                    events: reportedCount(id, state.store), firstMs: curve.startMs(of: index),
                    lastMs: curve.endMs(of: index))
                pieces.append(.init(run: curve.key.run, span: span))
            }
        }
        return pieces
    }

    /// Adds curves of lines without a header: in the width that they would have with one.
    private mutating func join(
        _ bare: TimelineTable, _ state: SessionState, strays: BareStrays?
    ) {
        let maxBuckets = min(bare.maxBuckets, state.timelines.maxBuckets)
        let joined = Self.joined(
            bare.timelines.compactMap { curve in
                guard let strays, curve.total == nil else { return curve }
                return curve.part { !strays.contains($0, in: curve.key.run) }
            }, with: dated, of: state.store, maxBuckets: maxBuckets)
        dated = joined
        guard let strays else { return }
        let far = bare.timelines.compactMap { curve -> Timeline? in
            guard curve.total == nil else { return nil }
            return curve.part { strays.contains($0, in: curve.key.run) }
        }
        for curve in far {
            doubtfulSpan.merge(Self.span(of: curve, state.store))
        }
        doubtful = Self.joined(far, with: doubtful, of: state.store, maxBuckets: maxBuckets)
    }

    /// The curves and others of the same keys as one, in accumulators of its own where there are
    /// two, or where one has narrower buckets than its times allow.
    private static func joined(
        _ curves: [Timeline], with others: [Curve], of store: AccumulatorPool, maxBuckets: Int
    ) -> [Curve] {
        var known = Dictionary(others.map { ($0.timeline.key, $0) }) { first, _ in first }
        let pool = AccumulatorPool()
        for curve in curves {
            let other = known[curve.key]
            guard other != nil || curve.total == nil && !curve.spansFewBuckets else {
                known[curve.key] = Curve(timeline: curve, pool: store)
                continue
            }
            var joined = Timeline(curve.key, maxBuckets: maxBuckets)
            if curve.total != nil || other?.timeline.total != nil { joined.becomeTotal(in: pool) }
            joined.merge(curve, from: store, into: pool)
            if let other { joined.merge(other.timeline, from: other.pool, into: pool) }
            known[curve.key] = Curve(timeline: joined, pool: pool)
        }
        return Array(known.values)
    }
}
