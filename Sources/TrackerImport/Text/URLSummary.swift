/// What URLs of a run have in common, as the target of the run.
package struct URLSummary: Sendable, Hashable {
    private var first: String?
    private var hasOthers = false

    package init() {}

    package mutating func add(_ url: String) {
        guard !hasOthers, !url.isEmpty else { return }
        guard let first else {
            first = url
            return
        }
        guard first != url else { return }
        let (a, b) = (Self.origin(of: first), Self.origin(of: url))
        if a == b, let a {
            self.first = a + "/"
        } else {
            hasOthers = true
        }
    }

    /// The URL of all, else the origin of all; `nil` if they have none in common.
    package var text: String? { hasOthers ? nil : first }

    /// `http://host:port`; `nil` for anything else.
    package static func origin(of url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let rest = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        return rest.isEmpty ? nil : String(url[..<scheme.upperBound]) + rest
    }

    /// Without what stands between `://` and the `@` before the host: a name and a password.
    /// - Returns: `nil` if there is nothing of it.
    package static func withoutUser(_ url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { !"/?# ".contains($0) }
        guard let at = authority.lastIndex(of: "@") else { return nil }
        return String(url[..<scheme.upperBound]) + url[url.index(after: at)...]
    }

    /// The path, without query: what a label may be.
    package static func route(of url: String) -> String {
        var rest = url[...]
        if let origin = origin(of: url) { rest = rest.dropFirst(origin.count) }
        let path = rest.prefix { !"?#".contains($0) }
        return String((path.isEmpty ? "/" : path).prefix(ImportLimits.maxLabelBytes))
    }
}
