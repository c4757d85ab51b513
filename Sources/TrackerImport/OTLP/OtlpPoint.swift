package import TrackerLog

/// One point of a metric.
package struct OtlpPoint: Sendable {
    enum Value: Sendable {
        /// A level, or what came in an interval.
        case amount(Double)
        /// How much there was since the start.
        case total(Double)
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

/// Why a point says nothing.
package enum OtlpFault: Sendable, Hashable {
    case noName
    case noTime
    /// The sender says so: nothing is lost.
    case notRecorded
    case noNumber
    case wrongBars
    /// A metric of no kind that is known here, with this many points or none that can be seen.
    case unknownKind

    package var text: String {
        switch self {
        case .noName: "of a metric without a name, or with too long a one"
        case .noTime: "without a time"
        case .notRecorded: "without a recorded value"
        case .noNumber: "without a number"
        case .wrongBars: "whose bars and bounds do not fit"
        case .unknownKind: "of a metric of an unknown kind"
        }
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
        let isCumulative =
            body.whole(.aggregationTemporality) == 2
            || body.text(.aggregationTemporality) == "AGGREGATION_TEMPORALITY_CUMULATIVE"
        let grows = kind == .sum && body.flag(.isMonotonic) ?? false
        return points.map { reader.read($0, kind, isCumulative: isCumulative, grows: grows) }
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
        switch kind {
        case .gauge, .sum:
            guard let number = point.number(.asDouble) ?? point.number(.asInt) else {
                return .fault(.noNumber, metric: name)
            }
            // A sum that may fall is a level.
            value = isCumulative && grows ? .total(number) : .amount(number)
        case .histogram, .exponentialHistogram:
            let bars =
                kind == .histogram ? OtlpBars(explicit: point) : OtlpBars(exponential: point)
            guard let bars else { return .fault(.wrongBars, metric: name) }
            value = .bars(
                bars, sum: point.number(.sum), min: point.number(.min), max: point.number(.max))
        default:
            let found = point.messages(.quantileValues).compactMap { quantile in
                quantile.number(.value).map {
                    (rank: JSONValue.double(quantile.number(.quantile) ?? 0).text, value: $0)
                }
            }
            guard !found.isEmpty else { return .fault(.noNumber, metric: name) }
            value = .quantiles(found)
        }
        let attributes = OtlpAttributes(point.messages(.attributes))
        return .point(
            OtlpPoint(
                metric: name, unit: unit, labels: attributes.labels(toBytes: labelBytes),
                time: time, start: point.time(.startTimeUnixNano), isCount: grows,
                isCumulative: isCumulative, value: value,
                series: origin &* 31 &+ attributes.fingerprint, resource: resource))
    }
}
