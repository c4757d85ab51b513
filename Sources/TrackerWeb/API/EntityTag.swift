import HTTPTypes
import Hummingbird
import HummingbirdCore
import TrackerLog

/// The tag of an answer that the index alone decides: the version of the index that it was made of,
/// of this run of the server.
///
/// A program that sends it back as `If-None-Match` gets 304 until something has changed. The tag is
/// weak: the answer also says when the index looked at the log last, which changes each second.
struct EntityTag: Sendable {
    private let value: String

    /// Versions begin again with each start of a server.
    private static let start = String(UInt64.random(in: 0 ... .max), radix: 36)

    /// - Parameters:
    ///   - version: read before the answer is made: it is at least as new as the tag says.
    ///   - now: what days and ages in a filter mean changes with the time.
    ///   - beside: hashes of what the answer has that is not of the index.
    init(version: Int, now: Timestamp? = nil, beside: [Int] = []) {
        let minute = now.map { "-\(Int($0.milliseconds / 60_000))" } ?? ""
        let others = beside.map { "-\(String(UInt(bitPattern: $0), radix: 36))" }.joined()
        value = "W/\"\(Self.start)-\(version)\(minute)\(others)\""
    }

    /// The answer with this tag, or that it has not changed.
    func answer(
        to request: RouteRequest, _ body: () async throws -> Response
    ) async rethrows -> Response {
        var response =
            isKnown(to: request.request) ? Response(status: .notModified) : try await body()
        if response.status == .ok, isAnyKnown(to: request.request) {
            response = Response(status: .notModified)
        }
        if response.status == .ok || response.status == .notModified {
            response.headers[.eTag] = value
        }
        return response
    }

    /// `*` is the tag of whatever there is.
    private func isAnyKnown(to request: Request) -> Bool {
        request.headers[values: .ifNoneMatch].contains { $0.isExactly("*") }
    }

    private func isKnown(to request: Request) -> Bool {
        request.headers[values: .ifNoneMatch].contains { field in
            field.split(separator: ",").contains { tag in
                let tag = tag.drop { $0 == " " }
                return String(tag.prefix { $0 != " " }).isExactly(value)
            }
        }
    }
}
