import FoundationEssentials
import NIOCore
import NIOPosix
import Testing
import TrackerLoad
import TrackerTestSupport

@Suite("https targets", .timeLimit(.minutes(5)))
struct SecureTargetTests {
    private let folder: TemporaryFolder
    /// Trusts the authority of the tests.
    private let trusting: TLSSettings

    init() throws {
        folder = try TemporaryFolder()
        let file = folder.path + "/authority.pem"
        try TestCertificate.authority.write(toFile: file, atomically: true, encoding: .utf8)
        trusting = TLSSettings(authorityFile: file)
    }

    private func outcomes(
        port: Int, host: String = "127.0.0.1", tls: TLSSettings, requests: UInt64 = 20,
        body: [UInt8] = []
    ) async throws -> (labels: [String], result: LoadResult) {
        let url = try TargetURL(parsing: "https://\(host):\(port)/x")
        let template = try RequestTemplate(
            target: url, method: body.isEmpty ? "GET" : "POST", body: body)
        let plan = try LoadPlan(
            origin: url.origin, tls: tls, templates: [template], requests: requests,
            timeout: .seconds(30))
        let collector = Collector()
        let result = try await LoadGenerator(plan: plan).run(observer: collector)
        return (collector.labels, result)
    }

    /// Lets a plain server answer, behind TLS.
    private func withServer(
        _ certificate: TestCertificate = .good, cut: Bool = false,
        answer: [ScriptedServer.Step] = [.ok()],
        _ body: (ScriptedServer, TLSFront) async throws -> Void
    ) async throws {
        let server = try await ScriptedServer { _ in answer }
        do {
            try await body(server, TLSFront(certificate, port: server.port, cut: cut))
        } catch {
            try await server.shutdown()
            throw error
        }
        try await server.shutdown()
    }

    @Test(
        "A certificate that is trusted, by name and by address; the connection is kept",
        arguments: [("localhost", "localhost http/1.1"), ("127.0.0.1", "None http/1.1")])
    func trusted(host: String, said: String) async throws {
        try await withServer { server, front in
            let (labels, result) = try await outcomes(
                port: front.port, host: host, tls: trusting, requests: 500)
            #expect(labels == Array(repeating: "200", count: 500))
            #expect(result.connectionsMade == 1 && result.tlsFailure == nil)
            #expect(front.nextLine() == said)
            #expect(server.received.first?.contains("Host: \(host):\(front.port)\r\n") == true)
        }
    }

    @Test(
        "A certificate that is not trusted fails as tls, and says why; unless any is taken",
        arguments: [
            (TestCertificate.good, "127.0.0.1", false, "unable to get local issuer certificate"),
            (.other, "localhost", true, "hostname mismatch"),
            (.other, "127.0.0.1", true, "IP address mismatch"),
            (.expired, "localhost", true, "certificate has expired"),
        ])
    func refused(
        certificate: TestCertificate, host: String, isIssuerKnown: Bool, reason: String
    ) async throws {
        try await withServer(certificate) { server, front in
            let refused = try await outcomes(
                port: front.port, host: host, tls: isIssuerKnown ? trusting : TLSSettings())
            #expect(Set(refused.labels) == ["tls"])
            #expect(server.requests == 0)
            let said = try #require(refused.result.tlsFailure)
            #expect(said.lowercased().contains("verify failed: \(reason.lowercased())"))
            let taken = try await outcomes(
                port: front.port, host: host, tls: TLSSettings(verifiesCertificate: false))
            #expect(Set(taken.labels) == ["200"] && taken.result.tlsFailure == nil)
        }
    }

    @Test("Large bodies both ways, more than a socket takes at once")
    func large() async throws {
        let sent = (0..<3 << 20).map { UInt8(ascii: "a") + UInt8($0 % 23) }
        let answer = String(repeating: "0123456789abcde\n", count: 4 << 16)
        try await withServer(answer: [.ok(answer)]) { server, front in
            let (labels, result) = try await outcomes(
                port: front.port, tls: trusting, requests: 3, body: sent)
            #expect(labels == ["200", "200", "200"])
            #expect(result.receivedBytes == 3 * UInt64(answer.utf8.count))
            #expect(result.connectionsMade == 1)
            let text = String(decoding: sent, as: UTF8.self)
            #expect(server.received.count == 3)
            #expect(server.received.allSatisfy { $0.hasSuffix("\r\n\r\n" + text) })
        }
    }

    @Test(
        "A response that the connection's end cuts is a failure; TLS's own end is the response's",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234", true, "closed"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234", false, "closed"),
            ("HTTP/1.1 200 OK\r\n\r\n1234", true, "closed"),
            ("HTTP/1.1 200 OK\r\n\r\n1234", false, "200"),
        ])
    func end(response: String, cut: Bool, label: String) async throws {
        try await withServer(cut: cut, answer: [.send(response), .close]) { _, front in
            let (labels, result) = try await outcomes(
                port: front.port, tls: trusting, requests: 5)
            #expect(labels == Array(repeating: label, count: 5))
            #expect(result.connectionsMade == 5)
        }
    }

    @Test("A target that speaks no TLS, or ends the connection in the handshake, fails as tls")
    func plain() async throws {
        for answer in ["HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", ""] {
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let channel = try await ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(AnswersInClear(answer))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let (labels, result) = try await outcomes(
                port: channel.localAddress?.port ?? 0, tls: TLSSettings())
            #expect(Set(labels) == ["tls"])
            let reason = try #require(result.tlsFailure)
            #expect(answer.isEmpty == reason.contains("ended the connection in the handshake"))
            try await group.shutdownGracefully()
        }
    }

    @Test("A file of certificates that is none is an error with its name")
    func badFile() async throws {
        let server = try await ScriptedServer { _ in [.ok()] }
        let empty = folder.path + "/empty.pem"
        try "nothing\n".write(toFile: empty, atomically: true, encoding: .utf8)
        for file in ["/no/such/file.pem", empty] {
            await #expect {
                _ = try await outcomes(port: server.port, tls: TLSSettings(authorityFile: file))
            } throws: { "\($0)".contains(file) }
        }
        try await server.shutdown()
    }

    @Test("A system without OpenSSL, or with one too old, is an error that says what to install")
    func noLibrary() {
        let cases = [
            (["libnone.so.9", "libnone.so"], "libnone.so.9"),
            // A library that is there, and is another.
            (["libnone.so", "libz.so.1"], "libz.so.1 has no OPENSSL_init_crypto"),
            ([], "no library"),
        ]
        for (names, reason) in cases {
            #expect { try OpenSSL(names: names) } throws: {
                "\($0)".contains(reason) && "\($0)".contains("apt-get install libssl3")
            }
        }
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

    private let answer: String

    /// - Parameter answer: when it is empty, the connection ends instead.
    init(_ answer: String) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !answer.isEmpty else { return context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    }
}
