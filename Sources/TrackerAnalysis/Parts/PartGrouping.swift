import TrackerIndexer
import TrackerLog

/// The samples of a metric of two groups, cut into parts by the values of some labels.
struct PartGrouping: Sendable {
    /// The samples of a part: of each run of a side, in their order.
    struct Part: Sendable {
        /// Those by which it was cut; a part may lack one.
        var labels: [Label]
        var a: [PartNumbers]
        var b: [PartNumbers]

        var wholeA: PartNumbers { Self.whole(a) }
        var wholeB: PartNumbers { Self.whole(b) }

        private static func whole(_ runs: [PartNumbers]) -> PartNumbers {
            runs.reduce(into: PartNumbers()) { $0.add($1) }
        }
    }

    /// Names of labels.
    let names: [String]
    /// Those with the most samples first; at most `PartLimits.maxParts`.
    let parts: [Part]
    /// What is in no part, because there are too many; each side as one run.
    let others: Part?
    /// Parts of which the others are made.
    let otherCount: Int

    /// One series of one run.
    struct Piece {
        var isB: Bool
        var run: Int
        var labels: [Label]
        var numbers: PartNumbers
    }

    /// The series of a metric in one unit.
    static func pieces(
        _ a: [RunSummary], _ b: [RunSummary], metric: String, unit: String?,
        includesFailures: Bool
    ) -> [Piece] {
        var pieces: [Piece] = []
        for (isB, runs) in [(false, a), (true, b)] {
            let measured = runs.filter { run in run.series.contains { $0.metric.isExactly(metric) }
            }
            for (index, run) in measured.enumerated() {
                let work = WorkLimits.stepsPerRun * (1 + run.series.count)
                guard !WorkBudget.isOver(after: work) else { return [] }
                for series in run.series where series.metric.isExactly(metric) {
                    guard
                        let conversion = UnitConversion(
                            metric: metric, from: series.unit, to: unit)
                    else { continue }
                    let numbers = PartNumbers(
                        conversion(series.aggregate), includesFailures: includesFailures)
                    let labels = series.labels.filter {
                        !$0.name.isExactly(PartLimits.outcome)
                    }
                    pieces.append(Piece(isB: isB, run: index, labels: labels, numbers: numbers))
                }
            }
        }
        return pieces
    }

    /// Every way to cut that gives two parts or more: by each name alone, and by all together.
    static func all(_ pieces: [Piece]) -> [PartGrouping] {
        var values: [ExactText: Set<ExactText>] = [:]
        for label in pieces.lazy.flatMap(\.labels) {
            values[ExactText(label.name), default: []].insert(ExactText(label.value))
        }
        let names = values.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
            .prefix(PartLimits.maxNames).map(\.key.text)
        var sets = names.map { [$0] }
        if names.count > 1 { sets.append(names) }
        return sets.map { PartGrouping(pieces, by: $0) }.filter { $0.parts.count > 1 }
    }

    init(_ pieces: [Piece], by names: [String]) {
        self.names = names
        let keys = pieces.map { piece in
            piece.labels.filter { label in names.contains { $0.isExactly(label.name) } }
        }
        var requests: [[Label]: Double] = [:]
        for (key, piece) in zip(keys, pieces) {
            requests[key, default: 0] += piece.numbers.requests
        }
        let sorted = requests.sorted { first, second in
            first.value == second.value
                ? first.key.lexicographicallyPrecedes(second.key) : first.value > second.value
        }.map(\.key)
        let runsA = (pieces.lazy.filter { !$0.isB }.map(\.run).max() ?? -1) + 1
        let runsB = (pieces.lazy.filter(\.isB).map(\.run).max() ?? -1) + 1
        var parts = sorted.prefix(PartLimits.maxParts).map { labels in
            Part(
                labels: labels, a: Array(repeating: PartNumbers(), count: runsA),
                b: Array(repeating: PartNumbers(), count: runsB))
        }
        let places = Dictionary(uniqueKeysWithValues: zip(parts.map(\.labels), parts.indices))
        var others = Part(labels: [], a: [PartNumbers()], b: [PartNumbers()])
        for (key, piece) in zip(keys, pieces) {
            switch (places[key], piece.isB) {
            case (let place?, false): parts[place].a[piece.run].add(piece.numbers)
            case (let place?, true): parts[place].b[piece.run].add(piece.numbers)
            case (nil, false): others.a[0].add(piece.numbers)
            case (nil, true): others.b[0].add(piece.numbers)
            }
        }
        self.parts = parts
        otherCount = sorted.count - parts.count
        self.others = otherCount > 0 ? others : nil
    }
}
