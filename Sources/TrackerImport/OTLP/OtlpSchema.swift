/// The fields that are read of an OTLP message, by their names in JSON.
package enum OtlpKey: String, Sendable {
    case resourceMetrics, resourceSpans, resource, attributes, scopeMetrics, scopeSpans, scope
    case metrics, spans, key, value, stringValue, boolValue, intValue, doubleValue
    case name, version, unit, gauge, sum, histogram, exponentialHistogram, summary
    case dataPoints, aggregationTemporality, isMonotonic
    case startTimeUnixNano, timeUnixNano, endTimeUnixNano, asDouble, asInt, flags
    case count, bucketCounts, explicitBounds, min, max, scale, zeroCount, positive, negative, offset
    case quantileValues, quantile, traceId, spanId, kind, status, code
}

/// A message of OTLP. Those with the same fields of the same numbers are one here.
package enum OtlpType: Int, CaseIterable, Sendable {
    case metricsRequest, traceRequest, resourceMetrics, resourceSpans, resource, keyValue, anyValue
    case scopeMetrics, scopeSpans, scope, metric
    /// A gauge or a sum.
    case numbers
    case histogram, exponentialHistogram, summary
    case numberPoint, histogramPoint, exponentialPoint, bars, summaryPoint, quantileValue
    case span, status
}

/// How protobuf writes a field.
enum OtlpKind: Sendable, Equatable {
    case text, bytes, varint, zigzag
    case fixed, signedFixed, double
    case manyVarints, manyFixed, manyDoubles
    case message(OtlpType)
}

/// One field of a message in protobuf.
struct OtlpField: Sendable {
    let key: OtlpKey
    let number: Int
    let kind: OtlpKind

    init(_ key: OtlpKey, _ number: Int, _ kind: OtlpKind) {
        self.key = key
        self.number = number
        self.kind = kind
    }
}

/// The field numbers of opentelemetry-proto 1.x. What is not here is skipped; lists and maps as
/// values of attributes are not here, so no message can hold itself and the depth is bounded.
enum OtlpSchema {
    static func fields(of type: OtlpType) -> [OtlpField] { table[type.rawValue] }

    /// In the order of `OtlpType`.
    private static let table: [[OtlpField]] = OtlpType.allCases.map { type in
        switch type {
        case .metricsRequest: [OtlpField(.resourceMetrics, 1, .message(.resourceMetrics))]
        case .traceRequest: [OtlpField(.resourceSpans, 1, .message(.resourceSpans))]
        case .resourceMetrics:
            [
                OtlpField(.resource, 1, .message(.resource)),
                OtlpField(.scopeMetrics, 2, .message(.scopeMetrics)),
            ]
        case .resourceSpans:
            [
                OtlpField(.resource, 1, .message(.resource)),
                OtlpField(.scopeSpans, 2, .message(.scopeSpans)),
            ]
        case .resource: [attributes(1)]
        case .keyValue: [OtlpField(.key, 1, .text), OtlpField(.value, 2, .message(.anyValue))]
        case .anyValue:
            [
                OtlpField(.stringValue, 1, .text), OtlpField(.boolValue, 2, .varint),
                OtlpField(.intValue, 3, .varint), OtlpField(.doubleValue, 4, .double),
            ]
        case .scopeMetrics:
            [
                OtlpField(.scope, 1, .message(.scope)),
                OtlpField(.metrics, 2, .message(.metric)),
            ]
        case .scopeSpans:
            [OtlpField(.scope, 1, .message(.scope)), OtlpField(.spans, 2, .message(.span))]
        case .scope: [OtlpField(.name, 1, .text), OtlpField(.version, 2, .text)]
        case .status: [OtlpField(.code, 3, .varint)]
        case .span: span
        default: metricFields(of: type)
        }
    }

    private static func attributes(_ number: Int) -> OtlpField {
        OtlpField(.attributes, number, .message(.keyValue))
    }

    private static let span = [
        OtlpField(.traceId, 1, .bytes), OtlpField(.spanId, 2, .bytes), OtlpField(.name, 5, .text),
        OtlpField(.kind, 6, .varint), OtlpField(.startTimeUnixNano, 7, .fixed),
        OtlpField(.endTimeUnixNano, 8, .fixed), attributes(9),
        OtlpField(.status, 15, .message(.status)),
    ]

    private static func metricFields(of type: OtlpType) -> [OtlpField] {
        let times = [
            OtlpField(.startTimeUnixNano, 2, .fixed), OtlpField(.timeUnixNano, 3, .fixed),
        ]
        let counted = times + [OtlpField(.count, 4, .fixed), OtlpField(.sum, 5, .double)]
        switch type {
        case .metric:
            return [
                OtlpField(.name, 1, .text), OtlpField(.unit, 3, .text),
                OtlpField(.gauge, 5, .message(.numbers)), OtlpField(.sum, 7, .message(.numbers)),
                OtlpField(.histogram, 9, .message(.histogram)),
                OtlpField(.exponentialHistogram, 10, .message(.exponentialHistogram)),
                OtlpField(.summary, 11, .message(.summary)),
            ]
        case .numbers:
            return points(of: .numberPoint) + [OtlpField(.isMonotonic, 3, .varint)]
        case .histogram: return points(of: .histogramPoint)
        case .exponentialHistogram: return points(of: .exponentialPoint)
        case .summary: return points(of: .summaryPoint)
        case .numberPoint:
            return times + [
                OtlpField(.asDouble, 4, .double), OtlpField(.asInt, 6, .signedFixed),
                attributes(7), OtlpField(.flags, 8, .varint),
            ]
        case .histogramPoint:
            return counted + [
                OtlpField(.bucketCounts, 6, .manyFixed),
                OtlpField(.explicitBounds, 7, .manyDoubles),
                attributes(9), OtlpField(.flags, 10, .varint), OtlpField(.min, 11, .double),
                OtlpField(.max, 12, .double),
            ]
        case .exponentialPoint:
            return counted + [
                attributes(1), OtlpField(.scale, 6, .zigzag), OtlpField(.zeroCount, 7, .fixed),
                OtlpField(.positive, 8, .message(.bars)), OtlpField(.negative, 9, .message(.bars)),
                OtlpField(.flags, 10, .varint), OtlpField(.min, 12, .double),
                OtlpField(.max, 13, .double),
            ]
        case .bars:
            return [OtlpField(.offset, 1, .zigzag), OtlpField(.bucketCounts, 2, .manyVarints)]
        case .summaryPoint:
            return counted + [
                OtlpField(.quantileValues, 6, .message(.quantileValue)), attributes(7),
                OtlpField(.flags, 8, .varint),
            ]
        default: return [OtlpField(.quantile, 1, .double), OtlpField(.value, 2, .double)]
        }
    }

    private static func points(of type: OtlpType) -> [OtlpField] {
        [
            OtlpField(.dataPoints, 1, .message(type)),
            OtlpField(.aggregationTemporality, 2, .varint),
        ]
    }
}
