import ArgumentParser
import Logging
import TrackerClient
import TrackerIndexer
import TrackerLoad
import TrackerLog
import TrackerTelemetry
import TrackerWeb

/// `tracker serve`: serves the pages and receives events over HTTP.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Show the history in a browser and receive events over HTTP.",
        discussion: """
            Listens on this machine only (127.0.0.1 and ::1). With LOCAL_TRACKER_API_KEY set, \
            programs must send it as x-api-key. Ctrl-C stops it cleanly.

            Programs with OpenTelemetry send it metrics and spans over OTLP/HTTP: set \
            OTEL_EXPORTER_OTLP_ENDPOINT to its address.

            This is not the official scoring system: what it shows is for you alone.

            EXAMPLES
              tracker serve
              tracker serve --data ~/perf --port 8090
            """)

    @OptionGroup var data: DataOptions

    @Option(help: "The port; 0 selects a free one.")
    var port = 8082

    @Option(help: "Durability of an accepted event: written, interval or durable.")
    var durability: DurabilityOption = .interval

    /// How long to wait for the first look at the log. An indexed log takes a few milliseconds, so
    /// the first page is complete.
    private static let firstLookMs = 1_000

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port takes 0 to 65535") }
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
        do throws(LoadError) {
            try StartResources.require(
                descriptors: WebLimits.startDescriptors, threads: EventLoops.threads,
                for: "tracker serve")
        } catch {
            printError("error: \(error)")
            throw ExitCode(2)
        }
        EventLoops.fit(
            freeDescriptors: StartResources.freeDescriptors(upTo: EventLoops.ampleDescriptors))
        let context = try data.resolve()
        let storage: PosixStorage
        do {
            storage = try context.openForWriting()
        } catch {
            printError("error: \(error)")
            throw ExitCode(2)
        }
        let index = LiveIndex(storage: storage, root: context.folder)
        index.start(waitingAtMostMs: Self.firstLookMs)
        let openWriters = WebLimits.openWriters(ofDescriptors: StartResources.descriptorLimit)
        var logger = Logger(label: "tracker") { _ in
            StreamLogHandler.standardError(label: "tracker")
        }
        logger.logLevel = .warning
        var configuration = WebServer.Configuration(
            port: port, apiKey: context.settings["LOCAL_TRACKER_API_KEY"],
            version: LoadVersion.text)
        configuration.author = Account.userName
        configuration.dataFolder = context.folder
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
                printLine("Local Tracker: http://localhost:\(listening.port)/")
                printLine("data: \(context.folder)")
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
}
