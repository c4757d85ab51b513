import Glibc
import HTTPTypes
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
package import TrackerIndexer
import TrackerLog
package import TrackerPages
package import TrackerTelemetry
import UnixSignals

/// The web app and the intake, on both loopback addresses.
///
/// `run` returns after a graceful stop: event streams are ended, pending requests are answered, and
/// the intake is flushed and closed. Connections still open after `WebLimits.shutdownGrace` are
/// closed.
package struct WebServer: Service {
    package struct Configuration: Sendable {
        /// 0 chooses a free port, and `nil` opens none. Passed sockets bring theirs.
        package var port: Int? = WebLimits.defaultPort
        /// Numeric addresses beyond the loopback, on the same port.
        package var otherAddresses: [String] = []
        /// What the server is called there.
        package var hosts: [ServerName] = []
        /// The path of a Unix socket.
        package var socketPath: String?
        /// Sockets that are open already; the server opens those that are missing.
        package var passedSockets: [PassedSocket] = []
        /// The key that programs must send as `x-api-key`; `nil` or empty: no key is required.
        package var apiKey: String?
        /// Whether reading needs the key as well.
        package var isPrivate = false
        /// Keys that each stand for a user; not asked where there is one key for all.
        package var claims: UserClaims?
        /// For commands to copy; `nil` leaves it out.
        package var dataFolder: String?
        /// What is in the trash, looked at for each answer that shows it; `nil` leaves it out.
        package var trash: (@Sendable () -> TrashContent?)?
        /// Who makes the edits that are sent from pages.
        package var author = "unknown"
        /// Where exports of OpenTelemetry go that name no session.
        package var exports: OtlpDefaults?
        /// The program's version, for `/health`.
        package var version: String
        /// What became of what was sent to the StatsD port; `nil` without one.
        package var statsd: (@Sendable () -> StatsDCounts)?
        package var timeouts = ConnectionTimeouts()
        package var heartbeat = WebLimits.liveHeartbeat
        package var shutdownGrace = WebLimits.shutdownGrace
        package var maxConnections = WebLimits.maxConnections
        package var maxBodyBytesInFlight = WebLimits.maxBodyBytesInFlight
        package var maxAnswerBytesInFlight = WebLimits.maxAnswerBytesInFlight

        package init(port: Int? = WebLimits.defaultPort, apiKey: String? = nil, version: String) {
            self.port = port
            self.apiKey = apiKey
            self.version = version
        }
    }

    /// The addresses of a listening server.
    package struct Listening: Sendable, Hashable {
        /// `nil`: none, only the socket.
        package var port: Int?
        /// For example `["127.0.0.1", "[::1]"]`; the second is missing on a machine without IPv6.
        package var addresses: [String]
    }

    private let configuration: Configuration
    private let intake: any EventIntake
    private let onListening: @Sendable (Listening) async -> Void
    private let logger: Logger
    private let dispatcher: Dispatcher
    private let bodies: BodyBudget
    private let reports: TrackIntake
    private let rules: IntakeRules
    private let registry: ConnectionRegistry

    /// - Parameters:
    ///   - analyst: compares what `history` shows.
    ///   - intake: closed when the server stops.
    ///   - onListening: called once, when the server accepts requests.
    package init(
        configuration: Configuration, history: any IndexReader, analyst: Analyst,
        intake: any EventIntake,
        onListening: @escaping @Sendable (Listening) async -> Void = { _ in }, logger: Logger
    ) {
        self.configuration = configuration
        self.intake = intake
        self.onListening = onListening
        self.logger = logger
        self.bodies = BodyBudget(limit: configuration.maxBodyBytesInFlight)
        self.registry = ConnectionRegistry(maxConnections: configuration.maxConnections)
        let live = LiveStream(history: history, heartbeat: configuration.heartbeat)
        let key = APIKey(configuration.apiKey).map { ServerKey(key: $0) }
        precondition(key != nil || !configuration.isPrivate, "a private server without a key")
        let door = configuration.isPrivate ? key.map { ReaderDoor(key: $0) } : nil
        let claims = key == nil ? configuration.claims : nil
        let reports = TrackIntake(
            history: history, intake: intake, claims: claims, now: { .now })
        let pages = KnownPages()
        let reading = ReadRoutes(
            history: history, analyst: analyst, live: live, pages: pages,
            streams: StreamSlots(limit: WebLimits.maxLiveStreams),
            forms: EditForms(needsKey: key != nil && door == nil), claims: claims,
            dataFolder: configuration.dataFolder, trash: configuration.trash,
            version: configuration.version, reports: reports, statsd: configuration.statsd,
            now: { .now })
        let panels = PanelRoutes(history: history, analyst: analyst)
        let texts = MarkdownRoutes(history: history, analyst: analyst)
        let measuring = MetricsRoutes(
            history: history, reports: reports, version: configuration.version,
            statsd: configuration.statsd, now: { .now })
        let tracking = TrackRoutes(history: history, intake: reports, key: key)
        let batches = EventRoutes(
            intake: BatchIntake(history: history, intake: intake, reports: reports),
            key: key, claims: claims)
        let answering = AnswerRoutes(
            history: history, analyst: analyst, pages: pages,
            dataFolder: configuration.dataFolder, now: { .now })
        let profiles = ProfileRoutes(
            history: history, reader: ProfileReader(in: analyst.storage), now: { .now })
        let editing = EditRoutes(
            history: history, analyst: analyst, intake: intake, key: key,
            isPrivate: door != nil, claims: claims, author: configuration.author, now: { .now })
        self.reports = reports
        self.rules = IntakeRules(key: key)
        let exports = configuration.exports.map { defaults in
            OtlpRoutes(
                intake: OtlpIntake(
                    history: history, intake: intake, claims: claims, defaults: defaults,
                    now: .now),
                key: key)
        }
        let all =
            reading.routes + panels.routes + texts.routes + answering.routes + tracking.routes
            + editing.routes
            + profiles.routes + measuring.routes + batches.routes + (exports?.routes ?? [])
            + (door.map { LoginRoutes(door: $0).routes } ?? [])
        let routes = Route.withDocument(
            all.flatMap(\.versioned), version: configuration.version)
        self.dispatcher = Dispatcher(
            routes: routes, door: door,
            answers: BodyBudget(limit: configuration.maxAnswerBytesInFlight))
    }

    /// For a test of every route.
    package var routeTable: [(pattern: String, kind: String, methods: [String])] {
        dispatcher.routes.map { ($0.pattern, "\($0.kind)", $0.methods.map(\.rawValue)) }
    }

    /// Open connections, on all addresses.
    package var connectionCount: Int { registry.count }

    package func run() async throws {
        do {
            try await withGracefulShutdownHandler {
                try await serve()
            } onGracefulShutdown: {
                stopConnections()
            }
        } catch {
            try await closeIntake()
            throw error
        }
        try await closeIntake()
    }

    /// Runs until SIGTERM or SIGINT.
    /// - Parameter orHangup: or until SIGHUP.
    package func runUntilSignal(orHangup: Bool = false) async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: [self],
                gracefulShutdownSignals: [.sigterm, .sigint] + (orHangup ? [.sighup] : []),
                logger: logger))
        try await group.run()
    }

    private func serve() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await closeIdleWriters() }
            try await listen(tries: configuration.port == 0 ? WebLimits.freePortTries : 1)
            group.cancelAll()
        }
    }

    /// Serves all addresses until a graceful stop, or until one of them fails.
    private func listen(tries: Int) async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { listeners in
                try await start(&listeners)
                // Not `waitForAll`, which would tell of a failure when the others have ended.
                while try await listeners.next() != nil {}
            }
        } catch let error as WebServerError where error.code == EADDRINUSE && tries > 1 {
            // Free on IPv4 only: another port may be free on both.
            try await listen(tries: tries - 1)
        }
    }

    private func start(_ listeners: inout ThrowingTaskGroup<Void, any Error>) async throws {
        if let path = configuration.socketPath {
            let socket = try UnixSocket(listeningAt: path)
            listeners.addTask { try await run(socket) }
        }
        guard let port = configuration.passedSockets.first?.port ?? configuration.port else {
            return await onListening(Listening(port: nil, addresses: []))
        }
        if let listening = try await startTCP(port: port, &listeners) {
            await onListening(listening)
        }
    }

    /// IPv4 first. A free port chosen there is then requested on IPv6 as well, so that `localhost`
    /// reaches this server by either address, and nobody else's.
    /// - Returns: `nil` when the server was stopped before.
    private func startTCP(
        port: Int, _ listeners: inout ThrowingTaskGroup<Void, any Error>
    ) async throws -> Listening? {
        func listener(_ family: LoopbackFamily, port: Int) -> Listener {
            let passed = configuration.passedSockets.first { $0.family == family }
            return Listener(host: family.host, port: port, passed: passed)
        }
        let first = listener(.ipv4, port: port)
        listeners.addTask { try await run(first) }
        guard let port = try await first.boundPort() else { return nil }
        let second = listener(.ipv6, port: port)
        listeners.addTask {
            do { try await run(second) } catch let error as WebServerError
                where error.isAddressMissing
            {
                logger.warning("not listening on [::1]: \(error)")
            }
        }
        var listening = Listening(port: port, addresses: [first.shown])
        do {
            guard try await second.boundPort() != nil else { return nil }
            listening.addresses.append(second.shown)
        } catch let error as WebServerError where error.isAddressMissing {
            // A machine without IPv6.
        }
        for address in configuration.otherAddresses {
            let other = Listener(host: address, port: port)
            listeners.addTask { try await run(other) }
            guard try await other.boundPort() != nil else { return nil }
            listening.addresses.append(other.shown)
        }
        return listening
    }

    /// Prepares a connection that is open already, of any kind: for tests without a socket.
    /// - Returns: what answers its requests, until it is closed.
    func answering(_ channel: any Channel) async throws -> @Sendable () async -> Void {
        let connection = GuardedChannel(responder: dispatcher.responder(logger), parts: setup)
        let value = try await channel.eventLoop.flatSubmit { [logger] in
            connection.setup(channel: channel, logger: logger)
        }.get()
        return { [logger] in await connection.handle(value: value, logger: logger) }
    }

    private func run(_ listener: Listener) async throws {
        try await listener.run(dispatcher: dispatcher, setup: setup, logger: logger)
    }

    private func run(_ socket: UnixSocket) async throws {
        defer { socket.removeFile() }
        try await BoundListener(
            descriptor: socket.descriptor, isForOwnAccount: true, dispatcher: dispatcher,
            setup: setup, logger: logger
        ).run {}
    }

    private var setup: ConnectionSetup {
        ConnectionSetup(
            registry: registry, timeouts: configuration.timeouts, bodies: bodies,
            intake: reports, rules: rules, hosts: configuration.hosts)
    }

    private func closeIdleWriters() async throws {
        do {
            while true {
                try await Task.sleep(for: .seconds(30))
                try await NIOThreadPool.singleton.runIfActive { intake.closeIdle() }
            }
        } catch is CancellationError {
            return
        }
    }

    private func closeIntake() async throws {
        try await NIOThreadPool.singleton.runIfActive { [intake] in try intake.close() }
    }

    private func stopConnections() {
        registry.beginStopping()
        let (registry, grace) = (registry, configuration.shutdownGrace)
        Task {
            do { try await Task.sleep(for: grace) } catch {
                // Cancelled early: close now.
            }
            registry.abortAll()
        }
    }
}
