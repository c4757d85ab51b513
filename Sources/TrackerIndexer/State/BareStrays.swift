import TrackerLog

/// Which times of lines without a header are strays.
///
/// A frame with a header was written within about a second: see `FarLines`. Lines without one are
/// read together by chance, so they are judged when they are shown, by all lines of their run and
/// of the session: the result depends on what was written, not on how it was read.
///
/// ```
/// a run      ·          ··················       one far from the others of its run
/// session    ·     ──────────  ────────────      a line without a run, far from all
/// ahead                                      ·   a day later than the clock
/// ```
struct BareStrays {
    /// Lines near each other.
    struct Piece {
        /// Empty for none.
        var run: ExactText
        var span: EventSpan
        /// Whether they have a header: then they are no strays.
        var isHeaded = false
    }

    /// Times from here on have not come yet.
    private let aheadMs: Double
    private var ranges: [ExactText: [ClosedRange<Double>]] = [:]
    /// All that are no strays.
    private(set) var kept = EventSpan()

    /// - Parameters:
    ///   - isPartial: whether some lines are missing among the pieces: only what is ahead of the
    ///     clock is a stray then.
    ///   - now: before 2000 if it is not known.
    init(_ pieces: [Piece], isPartial: Bool, now: Timestamp) {
        aheadMs =
            now.isPlausible ? now.milliseconds + IndexLimits.plausibleLeadMs : .infinity
        let aheadMs = aheadMs
        var pieces = pieces.filter { $0.isHeaded || $0.span.firstMs < aheadMs }
        if !isPartial {
            for (run, own) in Dictionary(grouping: pieces, by: \.run) where !run.text.isEmpty {
                for group in Self.few(of: own) { ranges[run, default: []].append(group.range) }
            }
            pieces.removeAll { contains($0) }
            let groups = Self.few(of: pieces)
            let far = pieces.filter { piece in groups.contains { $0.holds(piece) } }
            // A run that is far as a whole is a run of another day.
            let near = Set(
                pieces.filter { piece in !groups.contains { $0.holds(piece) } }.map(\.run))
            for piece in far where piece.run.text.isEmpty || near.contains(piece.run) {
                ranges[piece.run, default: []].append(piece.range)
            }
            pieces.removeAll { contains($0) }
        }
        for piece in pieces { kept.merge(piece.span) }
    }

    /// Whether a time of a run is that of a stray.
    func contains(_ timestampMs: Double, in run: ExactText) -> Bool {
        timestampMs >= aheadMs || ranges[run]?.contains { $0.contains(timestampMs) } ?? false
    }

    private func contains(_ piece: Piece) -> Bool {
        !piece.isHeaded && contains(piece.span.firstMs, in: piece.run)
    }

    /// Groups of few lines that are far from the many: the rule of `FarLines`.
    private static func few(of pieces: [Piece]) -> [Group] {
        var groups: [Group] = []
        for piece in pieces.sorted(by: { $0.span.firstMs < $1.span.firstMs }) {
            if let last = groups.indices.last,
                piece.span.firstMs - groups[last].span.lastMs <= IndexLimits.plausibleLeadMs
            {
                groups[last].add(piece)
            } else {
                groups.append(Group(piece))
            }
        }
        let all = groups.reduce(0) { SaturatingCount.sum($0, $1.span.events) }
        guard groups.count > 1, let most = groups.map(\.span.events).max(),
            most >= IndexLimits.fewestLinesForStray
        else { return [] }
        let few = groups.filter {
            !$0.isHeaded && $0.span.events <= max(1, most / IndexLimits.linesForStray)
        }
        let found = few.reduce(0) { SaturatingCount.sum($0, $1.span.events) }
        guard found <= max(1, (all - found) / IndexLimits.linesForStray),
            found < IndexLimits.maxStrayLines
        else { return [] }
        return few
    }

    /// Pieces without a gap of more than a day.
    private struct Group {
        var span = EventSpan()
        var isHeaded = false

        init(_ piece: Piece) { add(piece) }

        mutating func add(_ piece: Piece) {
            span.merge(piece.span)
            isHeaded = isHeaded || piece.isHeaded
        }

        var range: ClosedRange<Double> { span.firstMs...span.lastMs }

        func holds(_ piece: Piece) -> Bool { range.contains(piece.span.firstMs) }
    }
}

extension BareStrays.Piece {
    fileprivate var range: ClosedRange<Double> { span.firstMs...span.lastMs }
}
