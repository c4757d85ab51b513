import TrackerClient

/// The units of systemd that start the server at the first request, for one account.
struct ServiceUnits {
    static let service = "local-tracker.service"
    static let socket = "local-tracker.socket"

    /// The first line of each file: a file without it was written by somebody else.
    static let mark = "# Written by tracker serve --install, which also replaces it."

    /// The program's whole path.
    var program: String
    /// After `serve`.
    var options: [String]
    /// Where `.env` is looked for.
    var folder: String
    var port: Int
    /// Whether this machine has `::1`. A socket unit fails if one of its addresses is missing.
    var hasIPv6: Bool
    /// Whether the server does not wait for the first request: datagrams of StatsD start nothing.
    var startsAtLogin: Bool

    /// File names with their content.
    /// - Throws: a path that a unit cannot name.
    func files() throws(CommandFailure) -> [(name: String, text: String)] {
        let command = try ([program, "serve"] + options).map(Self.word).joined(separator: " ")
        let addresses = ["127.0.0.1"] + (hasIPv6 ? ["[::1]"] : [])
        let listens = addresses.map { "ListenStream=\($0):\(port)\n" }.joined()
        return [
            (
                Self.service,
                """
                \(Self.mark)
                [Unit]
                Description=Local Tracker, a notebook for performance
                Requires=\(Self.socket)
                After=\(Self.socket)

                [Service]
                ExecStart=\(command)
                WorkingDirectory=\(try Self.path(folder))
                UMask=0077
                Restart=on-failure

                [Install]
                Also=\(Self.socket)
                \(startsAtLogin ? "WantedBy=default.target\n" : "")
                """
            ),
            (
                Self.socket,
                """
                \(Self.mark)
                [Unit]
                Description=Local Tracker, the port of its pages

                [Socket]
                \(listens)
                [Install]
                WantedBy=sockets.target

                """
            ),
        ]
    }

    /// One word of `ExecStart=` (systemd.service(5), systemd.syntax(7)).
    static func word(_ text: String) throws(CommandFailure) -> String {
        var quoted = "\""
        for character in try path(text).unicodeScalars {
            switch character {
            case "\\", "\"": quoted += "\\" + String(character)
            case "$": quoted += "$$"
            default: quoted.unicodeScalars.append(character)
            }
        }
        return quoted + "\""
    }

    /// A path as the value of a setting: `%` begins a specifier.
    static func path(_ text: String) throws(CommandFailure) -> String {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw CommandFailure(
                "\(text): a path with a control character cannot stand in a unit of systemd:"
                    + " choose another folder")
        }
        return text.split(separator: "%", omittingEmptySubsequences: false).joined(
            separator: "%%")
    }
}
