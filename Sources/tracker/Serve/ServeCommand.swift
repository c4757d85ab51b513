import ArgumentParser
import Logging
import TrackerClient
import TrackerIndexer
import TrackerLoad
import TrackerLog
import TrackerPages
import TrackerTelemetry
import TrackerUpkeep
import TrackerWeb

/// `tracker serve`: serves the pages and receives events over HTTP.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Show the history in a browser and receive events over HTTP.",
        discussion: """
            Listens on this machine only (127.0.0.1 and ::1). With LOCAL_TRACKER_API_KEY set, \
            programs must send it as x-api-key. Without it, the first key that is sent for a \
            user claims the name: see `tracker user`. Ctrl-C stops it cleanly.

            On a machine that others use as well, --private asks readers for the key, and \
            --socket takes requests of this account alone. With --listen others reach the \
            server over the network, which needs the key for everything.

            Programs with OpenTelemetry send it metrics and spans over OTLP/HTTP: set \
            OTEL_EXPORTER_OTLP_ENDPOINT to its address.

            This is not the official scoring system: what it shows is for you alone.

            --install writes units of systemd for this account, with these options: \
            the first request then starts the server. Nothing else is changed.

            EXAMPLES
              tracker serve
              tracker serve --data ~/perf --port 8090
              tracker serve --data ~/perf --install
              tracker serve --statsd 8125
              tracker serve --private --socket ~/tracker.sock
              tracker serve --listen 192.168.1.5 --host lab.example
            """)

    @OptionGroup var data: DataOptions

    @OptionGroup var addresses: ServeAddresses

    @Option(help: "Durability of an accepted event: written, interval or durable.")
    var durability: DurabilityOption = .interval

    @Option(help: "What is printed on standard error: error, warning, info or debug.")
    var logLevel: LogLevelOption = .warning

    @Flag(
        name: .customLong("private"),
        help: "Reading needs the key as well: a page asks for it once.")
    var isPrivate = false

    @Flag(help: "The first key that is sent for a user does not claim the name.")
    var noClaims = false

    @Flag(help: "Write units of systemd that start this server by itself, and end.")
    var install = false

    @Option(
        help: ArgumentHelp(
            "Also receive StatsD and DogStatsD metrics on this UDP port; 0 selects a free one.",
            valueName: "port"))
    var statsd: Int?

    /// How long to wait for the first look at the log. An indexed log takes a few milliseconds, so
    /// the first page is complete.
    private static let firstLookMs = 1_000

    func validate() throws {
        guard (0...65_535).contains(statsd ?? 0) else {
            throw ValidationError("--statsd takes 0 to 65535")
        }
        if install, [nil, 0].contains(addresses.port.number) || statsd == 0 {
            throw ValidationError("--install needs ports that stay the same: --port 8082")
        }
    }

    /// `nil` also where the file cannot be read: what is sent goes to the session of the day.
    private static func currentSession(
        of user: UserID, _ storage: PosixStorage, _ logger: Logger
    ) -> SessionID? {
        do throws(ClientError) {
            return try CurrentSession.load(user: user, storage: storage)?.session
        } catch {
            logger.warning("the current session is not known: \(error)")
            return nil
        }
    }

    func run() async throws {
        if install { return try withFailures { try writeUnits() } }
        AllocatorRules.set(cores: IndexCommand.coreCount)
        let passed = try starting { try PassedSocket.takeAll() }
        try starting {
            try StartResources.require(
                descriptors: WebLimits.startDescriptors, threads: EventLoops.threads,
                for: "tracker serve")
        }
        EventLoops.fit(
            freeDescriptors: StartResources.freeDescriptors(upTo: EventLoops.ampleDescriptors))
        let context = try data.resolve()
        try starting { try addresses.checkKey(context.settings, isPrivate: isPrivate) }
        let storage = try starting { try context.openForWriting() }
        if let holder = IndexHolder.find(dataFolder: context.folder) {
            printError(holder.notice(dataFolder: context.folder))
        }
        let receiver = try openStatsD()
        for warning in FolderAccess.warnings(about: context.folder) { printError(warning) }
        if let warning = addresses.warning { printError(warning) }
        let index = LiveIndex(storage: storage, root: context.folder)
        index.start(waitingAtMostMs: Self.firstLookMs)
        let openWriters = WebLimits.openWriters(ofDescriptors: StartResources.descriptorLimit)
        let logger = logger
        var configuration = try configuration(context, storage, logger)
        configuration.passedSockets = passed
        let values = StatsDSession(storage: storage, user: context.user, logger: logger)
        if let receiver {
            configuration.statsd = { receiver.counts }
            receiver.start { values.take($0) }
        }
        defer {
            receiver?.stop()
            if let receiver { values.close(receiver.counts) }
        }
        configuration.exports = OtlpDefaults(user: context.user) { [logger] user in
            Self.currentSession(of: user, storage, logger)
        }
        let server = WebServer(
            configuration: configuration,
            history: index,
            analyst: Analyst(
                storage: storage, user: context.user, threads: IndexCommand.coreCount),
            intake: SessionIntake(
                storage: storage, durability: durability.level, maxOpen: openWriters),
            onListening: { listening in
                if let port = listening.port {
                    printLine("Local Tracker: http://localhost:\(port)/")
                } else {
                    printLine("Local Tracker: no port")
                }
                if let socket = addresses.socket { printLine("socket: \(printable(socket))") }
                printLine("data: \(context.folder)")
                if let receiver { printLine("statsd: localhost:\(receiver.port) (UDP)") }
            },
            logger: logger)
        do {
            try await server.runUntilSignal(orHangup: StopSignals.endsAtHangup)
        } catch {
            index.stop()
            printError("error: \(error)")
            throw ExitCode(2)
        }
        index.stop()
    }

    private var logger: Logger {
        var logger = Logger(label: "tracker") { _ in
            StreamLogHandler.standardError(label: "tracker")
        }
        logger.logLevel = logLevel.level
        return logger
    }

    private func configuration(
        _ context: DataContext, _ storage: PosixStorage, _ logger: Logger
    ) throws -> WebServer.Configuration {
        var configuration = WebServer.Configuration(
            port: addresses.port.number, apiKey: context.settings["LOCAL_TRACKER_API_KEY"],
            version: LoadVersion.text)
        configuration.isPrivate = isPrivate || !addresses.listen.isEmpty
        configuration.otherAddresses = addresses.listen
        configuration.hosts = addresses.host.compactMap { ServerName(option: $0) }
        configuration.socketPath = addresses.socket
        if !noClaims, APIKey(configuration.apiKey) == nil {
            configuration.claims = try starting {
                try UserClaims(storage: storage, logger: logger)
            }
        }
        configuration.author = Account.userName
        configuration.dataFolder = context.wholePath()
        configuration.trash = { Self.trash(in: storage) }
        return configuration
    }

    /// - Returns: `nil` when it cannot be read.
    private static func trash(in storage: PosixStorage) -> TrashContent? {
        let trash = SessionTrash(storage)
        // try? is right here: the page does without, and `tracker restore` says why.
        guard let sessions = try? trash.entries(), let all = try? trash.content() else {
            return nil
        }
        return TrashContent(sessions: sessions.count, files: all.files, bytes: all.bytes)
    }

    private func writeUnits() throws {
        let context = try data.resolve()
        try addresses.checkKey(context.settings, isPrivate: isPrivate)
        let folder = context.wholePath()
        let options =
            ["--data", folder] + (data.user.map { ["--user", $0] } ?? [])
            + addresses.words + ["--durability", durability.rawValue]
            + (statsd.map { ["--statsd", "\($0)"] } ?? [])
            + (logLevel == .warning ? [] : ["--log-level", logLevel.rawValue])
            + (noClaims ? ["--no-claims"] : []) + (isPrivate ? ["--private"] : [])
        guard let here = currentFolder() else {
            throw CommandFailure("the current folder is gone: change to one that is there")
        }
        try ServiceInstall(
            folder: try ServiceInstall.userFolder(context.settings),
            units: ServiceUnits(
                program: try ServiceInstall.programPath(), options: options, folder: here,
                port: addresses.port.number ?? WebLimits.defaultPort,
                hasIPv6: ServiceInstall.hasIPv6(SmallFile.systemText("/proc/net/if_inet6")),
                startsAtLogin: statsd != nil)
        ).run()
    }

    private func openStatsD() throws -> StatsDPort? {
        try statsd.map { port in try starting { try StatsDPort(port: port) } }
    }

    /// What prevents the start is one line on standard error, and exit status 2.
    private func starting<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch {
            printError("error: \(error)")
            throw ExitCode(2)
        }
    }
}

/// The levels of swift-log that the server uses.
enum LogLevelOption: String, ExpressibleByArgument, CaseIterable {
    case error
    case warning
    case info
    case debug

    var level: Logger.Level {
        switch self {
        case .error: .error
        case .warning: .warning
        case .info: .info
        case .debug: .debug
        }
    }
}
