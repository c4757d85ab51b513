/// Why a point says nothing.
package enum OtlpFault: Error, Sendable, Hashable {
    case noName
    case noTime
    /// The sender says so: nothing is lost.
    case notRecorded
    case noNumber
    case noQuantiles
    case noTemporality
    case belowZero
    case wrongBars
    case noBars
    case endlessBars
    case wrongCount
    /// A metric of no kind that is known here, with this many points or none that can be seen.
    case unknownKind

    package var text: String {
        switch self {
        case .noName: "of a metric without a name, or with too long a one"
        case .noTime: "without a time"
        case .notRecorded: "without a recorded value"
        case .noNumber: "without a number"
        case .noQuantiles: "of a summary without a quantile"
        case .noTemporality: "of a metric that does not say since when it counts"
        case .belowZero: "below zero of a sum that only grows"
        case .wrongBars: "whose bars and bounds do not fit"
        case .noBars: "of a histogram without bars, and without its smallest and largest value"
        case .endlessBars: "whose bars reach beyond all numbers"
        case .wrongCount: "whose bars do not add up to their count"
        case .unknownKind: "of a metric of an unknown kind"
        }
    }
}

/// A value of another type than OTLP gives its field, or bytes that are no message at all.
///
/// Who reads takes a field of another type as missing. So a body is looked at as a whole first:
/// what was sent is refused, and not passed over in silence.
package struct OtlpMisfit: Error, Sendable, Hashable {
    /// From within to without; empty for the whole body.
    private var path: [String] = []
    private let wanted: String

    init(_ wanted: String) { self.wanted = wanted }

    func within(_ name: String) -> OtlpMisfit {
        var misfit = self
        misfit.path.append(name)
        return misfit
    }

    /// It has names of OTLP and no part of what was sent.
    package var text: String {
        (path.isEmpty ? "the whole" : path.reversed().joined(separator: ".")) + ": " + wanted
    }
}
