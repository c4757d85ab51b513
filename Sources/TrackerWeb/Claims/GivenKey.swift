import HTTPTypes
import NIOHTTP1

/// The key that a request brings, in `x-api-key`.
enum GivenKey: Sendable, Equatable {
    case none
    case one(String)
    /// Several, one that is longer than any is, or one that is not UTF-8: its bytes are lost, and
    /// another one of other bytes would be the same.
    case unusable

    static let header = "x-api-key"

    init(_ values: [some StringProtocol]) {
        guard let value = values.first, values.count > 1 || !value.isEmpty else {
            self = .none
            return
        }
        let isUsable =
            values.count == 1 && value.utf8.count <= WebLimits.maxKeyBytes && value.isWhole
        self = isUsable ? .one(String(value)) : .unusable
    }

    init(_ headers: HTTPHeaders) { self.init(headers[Self.header]) }

    init(_ headers: HTTPFields) {
        self.init(HTTPField.Name(Self.header).map { headers[values: $0] } ?? [])
    }
}

extension StringProtocol {
    /// Whether it has no replacement for bytes that were no UTF-8.
    var isWhole: Bool { !unicodeScalars.contains("\u{FFFD}") }
}
