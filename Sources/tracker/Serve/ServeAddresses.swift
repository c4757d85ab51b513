import ArgumentParser
import Glibc
import TrackerClient
import TrackerWeb

/// Where `tracker serve` is reached.
struct ServeAddresses: ParsableArguments {
    @Option(help: "The port; 0 selects a free one, none opens none.")
    var port = ServePort.number(WebLimits.defaultPort)

    @Option(
        help: ArgumentHelp(
            "Also listen on this Unix socket, which only this account can use.",
            valueName: "path"))
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "Also listen on this address of the machine; may be repeated. Needs a key and --host.",
            valueName: "address"))
    var listen: [String] = []

    @Option(
        help: ArgumentHelp(
            "A name by which others reach it; may be repeated.", valueName: "name[:port]"))
    var host: [String] = []

    func validate() throws {
        if port == .none, socket == nil {
            throw ValidationError("--port none leaves no way in: add --socket PATH")
        }
        if port == .none, !listen.isEmpty {
            throw ValidationError("--listen needs a port: leave --port none out")
        }
        for address in listen { try Self.check(address) }
        for name in host where ServerName(option: name) == nil {
            throw ValidationError(
                "--host \"\(printable(name))\": give a name or an address as it stands in a URL,"
                    + " without patterns")
        }
        if !listen.isEmpty, host.isEmpty {
            throw ValidationError(
                "--listen needs --host: the name or address that stands in the URL of those who"
                    + " reach the server there")
        }
        if listen.isEmpty, !host.isEmpty {
            throw ValidationError("--host is of use with --listen only")
        }
    }

    private static func check(_ address: String) throws {
        var four = in_addr()
        var six = in6_addr()
        let isFour = unsafe inet_pton(AF_INET, address, &four) == 1
        let isSix = unsafe inet_pton(AF_INET6, address, &six) == 1
        guard isFour || isSix else {
            throw ValidationError(
                "--listen \"\(printable(address))\": give a numeric address of this machine, such"
                    + " as 192.168.1.5")
        }
        guard address != "0.0.0.0", address.contains(where: { !"0:".contains($0) }) else {
            throw ValidationError(
                "--listen \(address) would be every address, also those that come later: give each"
                    + " one by itself")
        }
        guard !address.hasPrefix("127."), address != "::1" else {
            throw ValidationError("--listen \(address): the server listens on the loopback anyway")
        }
    }

    /// - Throws: a key that is missing or too short for these addresses.
    func checkKey(_ settings: Settings, isPrivate: Bool) throws(CommandFailure) {
        guard isPrivate || !listen.isEmpty else { return }
        let option = listen.isEmpty ? "--private" : "--listen"
        let advice =
            "set LOCAL_TRACKER_API_KEY in the environment or in .env, for example to what"
            + " `openssl rand -hex 16` prints"
        let bytes = settings["LOCAL_TRACKER_API_KEY"]?.utf8.count ?? 0
        guard bytes > 0 else { throw CommandFailure("\(option) needs a key: \(advice)") }
        guard listen.isEmpty || bytes >= WebLimits.shortestRemoteKey else {
            throw CommandFailure(
                "--listen needs a key of at least \(WebLimits.shortestRemoteKey) bytes: \(advice)")
        }
    }

    /// What is said at the start; `nil` where only this machine reaches the server.
    var warning: String? {
        guard !listen.isEmpty else { return nil }
        return "warning: others reach this server at \(listen.joined(separator: ", ")). Reading and"
            + " writing need the key, which goes over the network unencrypted, as everything that"
            + " is shown does: use it in a network that you trust, or behind a proxy with TLS"
    }

    /// The options again, for a unit.
    var words: [String] {
        ["--port", port.text] + (socket.map { ["--socket", $0] } ?? [])
            + listen.flatMap { ["--listen", $0] } + host.flatMap { ["--host", $0] }
    }
}

/// The TCP port of the server.
enum ServePort: ExpressibleByArgument, Sendable, Hashable {
    case none
    case number(Int)

    init?(argument: String) {
        if argument == "none" {
            self = .none
            return
        }
        guard let number = Int(argument), (0...65_535).contains(number) else { return nil }
        self = .number(number)
    }

    var number: Int? {
        switch self {
        case .none: nil
        case .number(let number): number
        }
    }

    var text: String { number.map(String.init) ?? "none" }
    var defaultValueDescription: String { text }
}
