import FoundationEssentials
import NIOCore
import NIOPosix
import Testing
import TrackerLoad
import TrackerTestSupport

@Suite("https targets")
struct SecureTargetTests {
    private func outcomes(
        port: Int, host: String = "127.0.0.1", tls: TLSSettings
    ) async throws -> (labels: [String], result: LoadResult) {
        let url = try TargetURL(parsing: "https://\(host):\(port)/x")
        let plan = try LoadPlan(
            origin: url.origin, tls: tls, templates: [try RequestTemplate(target: url)],
            requests: 20, timeout: .seconds(5))
        let collector = Collector()
        let result = try await LoadGenerator(plan: plan).run(observer: collector)
        return (collector.labels, result)
    }

    @Test("A certificate that is trusted, by name and by address; the connection is kept")
    func trusted() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/authority.pem"
        try TestCertificate.certificate.write(toFile: file, atomically: true, encoding: .utf8)
        for host in ["localhost", "127.0.0.1"] {
            let server = try await ScriptedServer(tls: true) { _ in [.ok()] }
            let (labels, result) = try await outcomes(
                port: server.port, host: host, tls: TLSSettings(authorityFile: file))
            #expect(labels == Array(repeating: "200", count: 20), "\(host)")
            #expect(result.connectionsMade == 1)
            #expect(server.received.first?.contains("Host: \(host):\(server.port)\r\n") == true)
            try await server.shutdown()
        }
    }

    @Test("A certificate that is not trusted fails as tls, unless any is taken")
    func untrusted() async throws {
        let server = try await ScriptedServer(tls: true) { _ in [.ok()] }
        let refused = try await outcomes(port: server.port, tls: TLSSettings())
        #expect(Set(refused.labels) == ["tls"])
        #expect(server.requests == 0)
        let taken = try await outcomes(
            port: server.port, tls: TLSSettings(verifiesCertificate: false))
        #expect(Set(taken.labels) == ["200"])
        try await server.shutdown()
    }

    @Test("A target that speaks no TLS fails as tls")
    func plain() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AnswersInClear())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        let labels = try await outcomes(port: port, tls: TLSSettings()).labels
        #expect(Set(labels) == ["tls"])
        try await group.shutdownGracefully()
    }

    @Test("A file of certificates that is none is an error with its name")
    func badFile() async throws {
        let server = try await ScriptedServer(tls: true) { _ in [.ok()] }
        await #expect {
            _ = try await outcomes(
                port: server.port, tls: TLSSettings(authorityFile: "/no/such/file.pem"))
        } throws: { "\($0)".contains("/no/such/file.pem") }
        try await server.shutdown()
    }

    @Test("https has port 443, and its Host header no port then")
    func ports() throws {
        let url = try TargetURL(parsing: "https://example.com/a")
        #expect(url.origin == Origin(host: "example.com", port: 443, isTLS: true))
        #expect(url.origin.authority == "example.com")
        #expect(url.description == "https://example.com/a")
        #expect(Origin(host: "h", port: 80, isTLS: true).authority == "h:80")
        #expect(Origin(host: "h", port: 443).authority == "h:443")
    }
}

/// A server of plain HTTP that is spoken to in another language.
private final class AnswersInClear: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let answer = ByteBuffer(string: "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
    }
}
