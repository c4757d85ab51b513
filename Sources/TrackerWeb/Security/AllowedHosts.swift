import TrackerLog

/// The accepted values of the `Host` header. This stops DNS rebinding: a page of another name that
/// now resolves to 127.0.0.1 still sends its own name.
///
/// The text is parsed and compared exactly, without patterns.
package struct AllowedHosts: Sendable {
    static let names: Set<String> = ["localhost", "127.0.0.1", "[::1]"]

    /// The local port of the connection.
    let port: Int

    package init(port: Int) { self.port = port }

    /// - Returns: `host:port` in lower case, always with the port; `nil` for any other host.
    package func canonical(_ text: some StringProtocol) -> String? {
        let text = text.lowercased()
        guard let (name, givenPort) = Self.split(text), Self.names.contains(name) else {
            return nil
        }
        guard (givenPort ?? 80) == port else { return nil }
        return "\(name):\(port)"
    }

    /// Splits `host[:port]`; `nil` when the port is not a decimal number.
    private static func split(_ text: String) -> (name: String, port: Int?)? {
        let end: String.Index
        if text.hasPrefix("["), let bracket = text.firstIndex(of: "]") {
            end = text.index(after: bracket)
        } else {
            end = text.firstIndex(of: ":") ?? text.endIndex
        }
        let rest = text[end...]
        guard !rest.isEmpty else { return (String(text[..<end]), nil) }
        guard rest.first == ":", let port = decimalPort(rest.dropFirst()) else { return nil }
        return (String(text[..<end]), port)
    }

    private static func decimalPort(_ digits: Substring) -> Int? {
        guard (1...5).contains(digits.utf8.count), digits.first != "0",
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(digits)
    }
}
