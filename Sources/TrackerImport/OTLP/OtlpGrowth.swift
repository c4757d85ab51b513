package import TrackerLog

/// What a point adds to the log.
package enum OtlpMeasured: Sendable {
    case sample(value: Double, labels: [Label])
    case distribution(Distribution)
}

/// Why a point adds nothing.
package enum OtlpLeftOut: Sendable, Hashable {
    case twice
    /// What it counts began before anybody listened: the next point counts from here.
    case base
    case empty
    case tooManySeries
    case tooWide
    case tooLarge

    package var text: String {
        switch self {
        case .twice: "that came twice, or after a later one"
        case .base: "that count since before the tracker listened: what follows counts"
        case .empty: "that count nothing"
        case .tooManySeries: "of more series than are remembered"
        case .tooWide: "whose bars reach too far"
        case .tooLarge: "that count more than a number holds"
        }
    }
}

package enum OtlpOutcome: Sendable {
    case measured([OtlpMeasured])
    case leftOut(OtlpLeftOut)
}

/// Makes measurements of points: of values that count since a start the difference to the point
/// before, and of a point that comes twice nothing.
///
/// What a point changes is kept aside until `commit`: if it could not be written, `rollback`
/// forgets it, and the next point counts it again.
package struct OtlpGrowth: Sendable {
    private struct Key: Hashable {
        let series: UInt64
        /// Of values that count since a start: another program, or another life of it, has another
        /// one, also where everything else is the same.
        let start: Timestamp?
    }

    private struct Seen {
        var time: Timestamp
        var total: OtlpTotal?
        /// Of a histogram that has one.
        var sum: Double?
        var bars: OtlpBars?
        /// Of values that count nothing up.
        var times: [Timestamp] = []
    }

    private struct Stream: Hashable {
        let resource: UInt64
        let start: Timestamp
    }

    private var known: [Key: Seen] = [:]
    private var fresh: [Key: Seen] = [:]
    private var streams: Set<Stream> = []
    private var freshStreams: Set<Stream> = []
    private let maxSeries: Int
    private let listeningSince: Timestamp?

    /// - Parameter listeningSince: counts that began before are only the base of the next ones;
    ///   `nil` takes the first point as it is, as in a file, which has all there is.
    package init(maxSeries: Int, listeningSince: Timestamp?) {
        self.maxSeries = maxSeries
        self.listeningSince = listeningSince
    }

    package mutating func commit() {
        known.merge(fresh) { $1 }
        streams.formUnion(freshStreams)
        rollback()
        guard known.count >= maxSeries else { return }
        let newest = known.values.lazy.map(\.time).max() ?? .epoch
        let oldest = newest.advanced(byMilliseconds: -ImportLimits.seriesIdleMs)
        known = known.filter { $0.value.time >= oldest }
        if streams.count >= maxSeries { streams = [] }
    }

    package mutating func rollback() {
        fresh.removeAll()
        freshStreams.removeAll()
    }

    package mutating func take(_ point: OtlpPoint) -> OtlpOutcome {
        switch point.value {
        case .amount(let value):
            if let left = repeated(point) { return .leftOut(left) }
            return .measured([.sample(value: value, labels: point.labels)])
        case .quantiles(let quantiles):
            if let left = repeated(point) { return .leftOut(left) }
            return .measured(
                quantiles.map { quantile in
                    let others = point.labels.filter { $0.name != "quantile" }
                    return .sample(
                        value: quantile.value, labels: others + [Label("quantile", quantile.rank)])
                })
        case .total(let total):
            switch advance(point, Seen(time: point.time, total: total)) {
            case .failure(let left): return .leftOut(left.reason)
            case .success(let before):
                let value = total.grown(since: before?.total)
                return .measured([.sample(value: value, labels: point.labels)])
            }
        case .bars(let bars, let sum, let min, let max):
            let reach = bars.reach(of: (min, max), sum: sum)
            guard point.isCumulative else {
                if let left = repeated(point) { return .leftOut(left) }
                return distribution(point, bars, sum, since: point.start, own: (min, max), reach)
            }
            switch advance(point, Seen(time: point.time, sum: sum, bars: bars)) {
            case .failure(let left): return .leftOut(left.reason)
            case .success(let before):
                guard let before, let earlier = before.bars, let grown = bars.grown(since: earlier)
                else {
                    return distribution(
                        point, bars, sum, since: point.start, own: (nil, nil), reach)
                }
                // Of a cumulative point the extremes are since the start.
                let more = sum.flatMap { sum in before.sum.map { sum - $0 } }
                return distribution(
                    point, grown, more, since: before.time, own: (nil, nil), reach)
            }
        }
    }

    private struct Left: Error { let reason: OtlpLeftOut }

    private func seen(_ key: Key) -> Seen? { fresh[key] ?? known[key] }

    /// Remembers a point that counts since a start.
    /// - Returns: the one before it.
    private mutating func advance(_ point: OtlpPoint, _ now: Seen) -> Result<Seen?, Left> {
        let key = Key(series: point.series, start: point.start)
        let before = seen(key)
        if let before, point.time <= before.time { return .failure(Left(reason: .twice)) }
        guard before != nil || known.count + fresh.count < maxSeries else {
            return .failure(Left(reason: .tooManySeries))
        }
        fresh[key] = now
        let stream = Stream(resource: point.resource, start: point.start ?? .epoch)
        freshStreams.insert(stream)
        if before == nil, let listeningSince, (point.start ?? .epoch) < listeningSince,
            !streams.contains(stream)
        {
            return .failure(Left(reason: .base))
        }
        return .success(before)
    }

    /// Of values that count nothing up: whether this point was here before.
    private mutating func repeated(_ point: OtlpPoint) -> OtlpLeftOut? {
        let key = Key(series: point.series, start: nil)
        var now = seen(key)
        guard now != nil || known.count + fresh.count < maxSeries else { return nil }
        let times = now?.times ?? []
        if times.contains(point.time) { return .twice }
        now = Seen(
            time: max(point.time, now?.time ?? point.time),
            times: times.suffix(ImportLimits.rememberedTimes - 1) + [point.time])
        fresh[key] = now
        return nil
    }

    private func distribution(
        _ point: OtlpPoint, _ bars: OtlpBars, _ sum: Double?, since: Timestamp?,
        own: (min: Double?, max: Double?), _ reach: (least: Double?, most: Double?)
    ) -> OtlpOutcome {
        var builder = HistogramBuilder()
        bars.fill(&builder, least: reach.least, most: reach.most)
        let begin = since ?? point.time
        guard !builder.isEmpty else { return .leftOut(.empty) }
        let distribution = builder.distribution(
            point.metric, at: begin,
            lastingMs: max(0, point.time.milliseconds - begin.milliseconds), unit: point.unit,
            labels: point.labels, errors: point.isFailure ? .max : 0,
            known: .init(sum: sum, min: own.min, max: own.max))
        guard let distribution else { return .leftOut(.tooLarge) }
        guard distribution.histogram.count <= ImportLimits.maxBucketsOfBars else {
            return .leftOut(.tooWide)
        }
        return .measured([.distribution(distribution)])
    }
}
