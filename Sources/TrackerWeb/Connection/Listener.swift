import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// Why the server cannot listen on an address.
package struct WebServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// For example `127.0.0.1`.
    package var host: String
    package var port: Int
    /// `errno`.
    package var code: Int32

    package var description: String {
        switch code {
        case EADDRINUSE:
            "port \(port) on \(host) is in use by another program:"
                + " stop it, or choose another port with --port"
        case EACCES:
            "not allowed to listen on port \(port) of \(host): choose a port above 1023 with --port"
        case EADDRNOTAVAIL, EAFNOSUPPORT: "this machine has no address \(host)"
        default: "cannot listen on port \(port) of \(host): error \(code)"
        }
    }

    var isAddressMissing: Bool { code == EADDRNOTAVAIL || code == EAFNOSUPPORT }
}

/// One address that the server listens on.
struct Listener: Sendable {
    /// Numeric.
    let host: String
    let port: Int
    /// The socket, where it is open already.
    let passed: PassedSocket?
    private let bound: AsyncThrowingStream<Int, any Error>
    private let report: AsyncThrowingStream<Int, any Error>.Continuation

    init(host: String, port: Int, passed: PassedSocket? = nil) {
        self.host = host
        self.port = port
        self.passed = passed
        (self.bound, self.report) = AsyncThrowingStream.makeStream(
            bufferingPolicy: .bufferingNewest(1))
    }

    /// As it stands in a URL.
    var shown: String { host.contains(":") ? "[\(host)]" : host }

    /// The bound port; `nil` when it was stopped before. To be called once.
    /// - Throws: what `run` throws, when it could not listen.
    func boundPort() async throws -> Int? {
        for try await port in bound { return port }
        return nil
    }

    /// Serves until a graceful stop.
    func run(
        dispatcher: Dispatcher, setup: ConnectionSetup, logger: Logger
    ) async throws {
        defer { report.finish() }
        if let passed {
            let listener = BoundListener(
                descriptor: passed.descriptor, dispatcher: dispatcher, setup: setup, logger: logger)
            try await listener.run { [report] in report.yield(passed.port) }
            return
        }
        let application = Application(
            responder: dispatcher,
            server: HTTPServerBuilder { responder in
                GuardedChannel(responder: responder, parts: setup)
            },
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { [report] channel in
                report.yield(channel.localAddress?.port ?? 0)
            }, logger: logger)
        do { try await application.run() } catch let error as IOError {
            let error = WebServerError(host: host, port: port, code: error.errnoCode)
            report.finish(throwing: error)
            throw error
        }
    }
}
