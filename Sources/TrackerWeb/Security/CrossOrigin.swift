import HTTPTypes

/// Refuses requests from pages of other sites.
///
/// Checked after `Host`: after DNS rebinding a page would have an `Origin` equal to its own `Host`.
enum CrossOrigin {
    private static let site = HTTPField.Name("Sec-Fetch-Site")
    private static let mode = HTTPField.Name("Sec-Fetch-Mode")
    private static let destination = HTTPField.Name("Sec-Fetch-Dest")

    /// Whether a browser follows a link, wherever it was: it says so, and shows the answer as a
    /// page of its own. Such a request has no `Origin`.
    static func isNavigation(_ request: HTTPRequest) -> Bool {
        guard let mode, let destination, request.headerFields[values: .origin].isEmpty else {
            return false
        }
        return request.headerFields[values: mode] == ["navigate"]
            && request.headerFields[values: destination] == ["document"]
    }

    /// - Parameter request: with a canonical authority from `AllowedHosts`.
    static func isAllowed(_ request: HTTPRequest) -> Bool {
        if let site {
            let values = request.headerFields[values: site]
            guard values.allSatisfy({ $0 == "same-origin" || $0 == "none" }) else { return false }
        }
        let origins = request.headerFields[values: .origin]
        guard !origins.isEmpty else { return true }
        guard origins.count == 1, let authority = request.authority else { return false }
        if origins == ["http://" + authority]
            || authority.hasSuffix(":80") && origins == ["http://" + authority.dropLast(3)]
        {
            return true
        }
        // Behind a proxy with TLS, which has a name that was given to this server.
        let name = authority.prefix { $0 != ":" || authority.hasPrefix("[") }
        guard !AllowedHosts.names.contains(String(name)), !authority.hasPrefix("[::1]") else {
            return false
        }
        return origins == ["https://" + authority]
            || authority.hasSuffix(":443") && origins == ["https://" + authority.dropLast(4)]
    }
}
