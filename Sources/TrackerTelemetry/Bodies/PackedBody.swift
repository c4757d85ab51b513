import TrackerImport

/// The body of a request that its sender has compressed.
package enum PackedBody {
    package enum Failure: Error, Sendable, Hashable {
        /// It has more than this many bytes.
        case tooLong(Int)
        /// It becomes more than so many times as long.
        case tooDense(Int)
        case damaged(String)
    }

    /// - Parameters:
    ///   - coding: of `Content-Encoding`; one of `codings`.
    ///   - limit: of the content, in bytes.
    package static func content(
        of bytes: [UInt8], coding: String, limit: Int
    ) throws(Failure) -> [UInt8] {
        guard let kind = WholeBody.Kind(rawValue: coding) else { throw .damaged("unknown coding") }
        let ratio = TelemetryLimits.maxBodyRatio
        let dense = max(TelemetryLimits.anyRatioBytes, bytes.count * ratio)
        do throws(WholeBody.Failure) {
            return try WholeBody.content(of: bytes, kind: kind, limit: min(limit, dense))
        } catch {
            switch error {
            case .tooLong: throw dense < limit ? .tooDense(ratio) : .tooLong(limit)
            case .damaged(let why): throw .damaged(why)
            }
        }
    }

    package static let codings = WholeBody.Kind.allCases.map(\.rawValue)
}
