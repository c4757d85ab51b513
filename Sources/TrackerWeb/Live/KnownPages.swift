import HTTPTypes
import Hummingbird
import HummingbirdCore
import Synchronization
import TrackerPages

/// Answers pages, and to a page that is open already only what has changed in it since.
///
/// Of each page that was sent last, the hashes of its parts are kept under a name, which the page
/// has as `data-state`. Its script sends that back as `x-page-state`. A name that is not known any
/// longer, or not to this run of the server, gets the whole page.
final class KnownPages: Sendable {
    /// What an open page says of itself. Names of parts are separated by blanks.
    private static let stateName = HTTPField.Name("x-page-state")
    private static let laterName = HTTPField.Name("x-page-later")
    private static let lostName = HTTPField.Name("x-page-lost")

    private struct Known: Sendable {
        var states: [(name: String, state: PageParts.State)] = []
        var count = 0
    }

    private let known = Mutex(Known())
    private let start = String(UInt64.random(in: 0 ... .max), radix: 36)

    /// - Parameter version: of the index that the page shows.
    func answer(_ page: [UInt8], version: Int, to request: Request) -> Response {
        guard request.method == .get, let parts = PageParts(page) else { return Reply.html(page) }
        let name = newName()
        if let asked = Self.stateName.flatMap({ request.headers[$0] }), let before = state(asked),
            let changes = PageChanges(
                parts, since: before, later: Self.names(Self.laterName, request),
                lost: Self.names(Self.lostName, request), version: version, name: name)
        {
            keep(changes.state, as: name)
            return Reply.html(changes.bytes)
        }
        keep(parts.state, as: name)
        return Reply.html(parts.named(name))
    }

    private static func names(_ field: HTTPField.Name?, _ request: Request) -> Set<String> {
        guard let field, let text = request.headers[field] else { return [] }
        return Set(text.split(separator: " ").map(String.init))
    }

    private func newName() -> String {
        known.withLock { known in
            known.count += 1
            return "\(start)-\(known.count)"
        }
    }

    private func state(_ name: String) -> PageParts.State? {
        known.withLock { known in known.states.last { $0.name == name }?.state }
    }

    private func keep(_ state: PageParts.State, as name: String) {
        known.withLock { known in
            known.states.append((name, state))
            if known.states.count > WebLimits.maxKnownPages { known.states.removeFirst() }
        }
    }
}
