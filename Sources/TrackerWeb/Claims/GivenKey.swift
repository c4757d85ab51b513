import HTTPTypes
import NIOHTTP1

/// The key that a request brings, in `x-api-key`.
enum GivenKey: Sendable, Equatable {
    case none
    case one(String)
    /// Several, or one that is longer than any is.
    case unusable

    static let header = "x-api-key"

    init(_ values: [some StringProtocol]) {
        guard let value = values.first, values.count > 1 || !value.isEmpty else {
            self = .none
            return
        }
        let isUsable = values.count == 1 && value.utf8.count <= WebLimits.maxKeyBytes
        self = isUsable ? .one(String(value)) : .unusable
    }

    init(_ headers: HTTPHeaders) { self.init(headers[Self.header]) }

    init(_ headers: HTTPFields) {
        self.init(HTTPField.Name(Self.header).map { headers[values: $0] } ?? [])
    }
}
