package import TrackerLog

/// One point of a metric.
package struct OtlpPoint: Sendable {
    enum Value: Sendable {
        /// A level, or what came in an interval.
        case amount(Double)
        /// How much there was since the start.
        case total(OtlpTotal)
        case bars(OtlpBars, sum: Double?, min: Double?, max: Double?)
        case quantiles([(rank: String, value: Double)])
    }

    package let metric: String
    package let unit: String?
    package let labels: [Label]
    package let time: Timestamp
    package let start: Timestamp?
    /// Of a sum that only grows: it counts something.
    package let isCount: Bool
    /// Whether the values count since the start.
    let isCumulative: Bool
    let value: Value
    /// Quantiles of a summary that have no number.
    package let emptyQuantiles: Int
    package static let emptyQuantileText = "quantiles that are no number"
    /// Of metric, scope, resource and all attributes.
    let series: UInt64
    package let resource: UInt64

    /// Whether it adds what came since the point before.
    package var isGrowth: Bool {
        switch value {
        case .total: true
        case .bars: isCumulative
        case .amount, .quantiles: false
        }
    }

    /// A failed request: as in the log, or by the name of its error.
    var isFailure: Bool {
        for label in labels {
            switch label.name {
            case "status", "http.response.status_code", "http.status_code":
                if let status = Int(label.value) { return status >= 400 }
            case "error.type": return true
            default: continue
            }
        }
        return false
    }
}

/// How much a sum that only grows has since its start.
struct OtlpTotal: Hashable, Sendable {
    let number: Double
    /// A double tells two counts of nanoseconds since 1970 apart by 256.
    let whole: Int?

    /// `nil` for a point without a number.
    init?(_ point: OtlpMessage) {
        let real = point.number(.asDouble)
        guard let number = real ?? point.number(.asInt) else { return nil }
        self.number = number
        whole = real == nil ? point.whole(.asInt) : nil
    }

    /// What came since an earlier point; all of it where the count is smaller than it was then.
    func grown(since before: OtlpTotal?) -> Double {
        guard let before, number >= before.number else { return number }
        guard let whole, let earlier = before.whole else { return number - before.number }
        return whole >= earlier ? Double(whole - earlier) : number
    }
}

package enum OtlpReading: Sendable {
    case point(OtlpPoint)
    case fault(OtlpFault, metric: String)
}

/// Reads the points of one metric.
package struct OtlpMetricReader {
    private let name: String
    private let unit: String?
    private let resource: UInt64
    private let origin: UInt64
    private let labelBytes: Int

    private static let kinds: [OtlpKey] = [
        .gauge, .sum, .histogram, .exponentialHistogram, .summary,
    ]

    /// - Parameters:
    ///   - scope: fingerprint of who measures: two libraries may use one name.
    ///   - labelBytes: of a label's value; a longer one is cut.
    package static func read(
        _ metric: OtlpMessage, scope: UInt64, resource: UInt64, labelBytes: Int
    ) -> [OtlpReading] {
        let name = metric.text(.name) ?? ""
        guard let kind = kinds.first(where: metric.has), let body = metric.message(kind) else {
            return [.fault(.unknownKind, metric: name)]
        }
        let points = body.messages(.dataPoints)
        guard !name.isEmpty, name.unicodeScalars.count <= LogLimits.maxMetricLength else {
            return points.isEmpty
                ? [.fault(.noName, metric: name)]
                : points.map { _ in .fault(.noName, metric: name) }
        }
        let reader = OtlpMetricReader(
            name: name, unit: OtlpUnit.unit(metric.text(.unit)), resource: resource,
            origin: XXHash64.hash(Array(name.utf8)) ^ (scope &* 31 &+ resource),
            labelBytes: labelBytes)
        let isCumulative = Self.isCumulative(body)
        if isCumulative == nil, kind != .gauge, kind != .summary {
            return points.map { _ in .fault(.noTemporality, metric: name) }
        }
        let grows = kind == .sum && body.flag(.isMonotonic) ?? false
        return points.map {
            reader.read($0, kind, isCumulative: isCumulative ?? false, grows: grows)
        }
    }

    /// Whether values count since a start, and not in an interval; `nil` where it is not said.
    private static func isCumulative(_ body: OtlpMessage) -> Bool? {
        let number = body.whole(.aggregationTemporality)
        switch body.text(.aggregationTemporality) {
        case _ where number == 2, "AGGREGATION_TEMPORALITY_CUMULATIVE"?: return true
        case _ where number == 1, "AGGREGATION_TEMPORALITY_DELTA"?: return false
        default: return nil
        }
    }

    private func read(
        _ point: OtlpMessage, _ kind: OtlpKey, isCumulative: Bool, grows: Bool
    ) -> OtlpReading {
        // Bit 0: nothing was recorded.
        if let flags = point.whole(.flags), flags & 1 == 1 {
            return .fault(.notRecorded, metric: name)
        }
        guard let time = point.time(.timeUnixNano) else { return .fault(.noTime, metric: name) }
        let value: OtlpPoint.Value
        do throws(OtlpFault) {
            switch kind {
            case .gauge, .sum: value = try Self.number(point, isCumulative, grows)
            case .histogram: value = try Self.bars(point, OtlpBars(explicit: point))
            case .exponentialHistogram: value = try Self.bars(point, OtlpBars(exponential: point))
            default: value = try Self.quantiles(point)
            }
        } catch {
            return .fault(error, metric: name)
        }
        let attributes = OtlpAttributes(point.messages(.attributes))
        var empty = 0
        if case .quantiles(let found) = value {
            empty = point.messages(.quantileValues).count - found.count
        }
        return .point(
            OtlpPoint(
                metric: name, unit: unit, labels: attributes.labels(toBytes: labelBytes),
                time: time, start: point.time(.startTimeUnixNano), isCount: grows,
                isCumulative: isCumulative, value: value, emptyQuantiles: empty,
                series: origin &* 31 &+ attributes.fingerprint, resource: resource))
    }

    private static func number(
        _ point: OtlpMessage, _ isCumulative: Bool, _ grows: Bool
    ) throws(OtlpFault) -> OtlpPoint.Value {
        guard let total = OtlpTotal(point) else { throw .noNumber }
        guard !grows || total.number >= 0 else { throw .belowZero }
        // A sum that may fall is a level.
        return isCumulative && grows ? .total(total) : .amount(total.number)
    }

    private static func bars(
        _ point: OtlpMessage, _ bars: OtlpBars
    ) throws(OtlpFault) -> OtlpPoint.Value {
        // A sender that does not say it, or says 0 in protobuf, has none that differs.
        if let count = point.count(.count), bars.total.map({ $0 != count }) ?? false {
            throw .wrongCount
        }
        let extremes = point.extremes
        return .bars(bars, sum: point.number(.sum), min: extremes.least, max: extremes.most)
    }

    /// A rank or a value that is no number is left out: with no requests there is none.
    private static func quantiles(_ point: OtlpMessage) throws(OtlpFault) -> OtlpPoint.Value {
        let all = point.messages(.quantileValues)
        guard !all.isEmpty else { throw .noQuantiles }
        let found = all.compactMap { quantile -> (rank: String, value: Double)? in
            let rank = quantile.has(.quantile) ? quantile.number(.quantile) : 0
            guard let rank, let value = quantile.has(.value) ? quantile.number(.value) : 0 else {
                return nil
            }
            return (JSONValue.double(rank).text, value)
        }
        guard !found.isEmpty else { throw .noNumber }
        return .quantiles(found)
    }
}

extension OtlpMessage {
    /// The smallest and the largest value of a point, where they are numbers that can be both.
    var extremes: (least: Double?, most: Double?) {
        let (least, most) = (number(.min), number(.max))
        if let least, let most, least > most { return (nil, nil) }
        return (least, most)
    }
}
