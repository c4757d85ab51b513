import Glibc

/// The accepted values of the `Host` header. This stops DNS rebinding: a page of another name that
/// now resolves to 127.0.0.1 still sends its own name.
///
/// The text is parsed and compared exactly, without patterns.
package struct AllowedHosts: Sendable {
    static let names: Set<String> = ["localhost", "127.0.0.1", "[::1]"]

    /// The local port of the connection; `nil` for a Unix socket, to which no browser connects: any
    /// port may be named there.
    let port: Int?
    /// Names beyond the loopback that this server was given.
    let others: [ServerName]

    package init(port: Int?, others: [ServerName] = []) {
        self.port = port
        self.others = others
    }

    /// - Returns: `host:port` in lower case, always with the port; `nil` for any other host.
    package func canonical(_ text: some StringProtocol) -> String? {
        guard let given = ServerName(text.lowercased()) else { return nil }
        if Self.names.contains(given.name) {
            let named = given.port ?? 80
            return named == port ?? named ? "\(given.name):\(named)" : nil
        }
        for other in others where other.name == given.name {
            guard let expected = other.port ?? port else { continue }
            // A browser leaves the port of http and https out.
            let isLeftOut = given.port == nil && [80, 443].contains(expected)
            if given.port == expected || isLeftOut { return "\(given.name):\(expected)" }
        }
        return nil
    }
}

/// A host as it stands in a URL, with or without a port.
package struct ServerName: Sendable, Hashable {
    let name: String
    let port: Int?

    /// Splits `host[:port]`; `nil` when the port is not a decimal number.
    init?(_ text: String) {
        let end: String.Index
        if text.hasPrefix("["), let bracket = text.firstIndex(of: "]") {
            end = text.index(after: bracket)
        } else {
            end = text.firstIndex(of: ":") ?? text.endIndex
        }
        let rest = text[end...]
        name = String(text[..<end])
        guard !rest.isEmpty else {
            port = nil
            return
        }
        guard rest.first == ":", let port = Self.decimalPort(rest.dropFirst()) else { return nil }
        self.port = port
    }

    /// Of an option: a name of letters, digits, dots and hyphens, or an address.
    /// - Returns: `nil` for anything else, such as a pattern.
    package init?(option text: String) {
        self.init(text.lowercased())
        let isAddress = name.hasPrefix("[") && name.hasSuffix("]")
        let letters = isAddress ? name.dropFirst().dropLast() : name[...]
        let allowed = isAddress ? "0123456789abcdef:." : "0123456789abcdefghijklmnopqrstuvwxyz.-"
        guard !letters.isEmpty, letters.utf8.count <= WebLimits.maxHostNameBytes,
            letters.allSatisfy({ allowed.contains($0) }), !letters.hasPrefix("."),
            !letters.hasSuffix("."), port != 0
        else { return nil }
    }

    private static func decimalPort(_ digits: Substring) -> Int? {
        guard (1...5).contains(digits.utf8.count), digits.first != "0",
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(digits)
    }
}
