import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization
import Testing
import TrackerIndexer
import TrackerLog
import TrackerTelemetry
import TrackerTestSupport

@testable import TrackerWeb

/// Bytes of a connection through everything that a request passes: timeouts, parser, guard, intake,
/// routes, and what is written back. Without a socket, so that a thousand take seconds.
///
/// libFuzzer does not feed it: its package builds without NIO and Hummingbird, which this path
/// consists of. The corpus is replayed, and changed at random from a seed that a failure prints.
@Suite("Requests of any bytes, from the parser to the answer", .timeLimit(.minutes(20)))
struct RequestFuzzTests {
    @Test("every connection of the corpus keeps the promises, whole and in pieces")
    func corpus() async throws {
        let server = try FuzzedServer()
        let corpus = try FuzzedServer.corpus()
        #expect(corpus.count >= 30)
        var generator = SeededGenerator(seed: 1)
        for (name, bytes) in corpus {
            if let complaint = try await server.complaint(about: bytes, &generator) {
                Issue.record("\(name): \(complaint)")
            }
        }
        // The corpus is of use only as long as it gets through.
        #expect(server.taken > 0)
    }

    @Test("changed at random they keep them as well")
    func mutations() async throws {
        let server = try FuzzedServer()
        let corpus = try FuzzedServer.corpus().map(\.bytes)
        let first = TestMode.rounds(300, long: 20_000)
        for seed in 0..<UInt64(first) {
            var generator = SeededGenerator(seed: seed)
            var mutation = Mutation(corpus: corpus, generator: generator)
            let bytes = mutation.input()
            generator = mutation.generator
            if let complaint = try await server.complaint(about: bytes, &generator) {
                let text = String(decoding: bytes.prefix(300), as: UTF8.self)
                Issue.record("seed \(seed): \(complaint); the input begins \(text)")
            }
        }
    }

    @Test("what breaks a promise is seen")
    func promises() {
        let whole = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        #expect(Answers(whole).complaint?.contains("Content-Security-Policy") == true)
        let headers = SecurityHeaders.all.map { "\($0.name): \($0.value)\r\n" }.joined()
        let good = "HTTP/1.1 200 OK\r\n\(headers)Cache-Control: no-store\r\n\r\nHTTP/1.1 is text"
        #expect(Answers(good).complaint == nil && Answers(good).statuses == [200])
        let shared = good.replacing("\r\n\r\n", with: "\r\nAccess-Control-Allow-Origin: *\r\n\r\n")
        #expect(Answers(shared).complaint != nil)
        #expect(Answers(good + good).statuses == [200, 200])
    }
}

/// A server that is asked over channels in memory.
private final class FuzzedServer: Sendable {
    static let port = 8082
    /// Stands in every answer that shows data.
    static let secret = "the-name-of-a-session"

    /// Kept until the process ends: a loop in memory that is freed stops the process when a timer
    /// of it is left, such as that of a connection which would have lingered.
    private static let used = Mutex([NIOAsyncTestingChannel]())

    private let web: WebServer
    private let intake = CountingIntake()

    var taken: Int { intake.taken.withLock { $0 } }

    init() throws {
        let history = FakeHistory()
        history.publish(
            emptySummary(user: try UserID("ann"), session: try SessionID(Self.secret)))
        var configuration = WebServer.Configuration(port: Self.port, version: "test")
        configuration.exports = OtlpDefaults(user: try UserID("ann")) { _ in nil }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        web = WebServer(
            configuration: configuration, history: history,
            analyst: Analyst(storage: MemoryStorage(), user: try UserID("ann"), threads: 1),
            intake: intake, logger: logger)
    }

    static func corpus() throws -> [(name: String, bytes: [UInt8])] {
        let here = #filePath
        let end = try #require(here.firstRange(of: "/Tests/")?.lowerBound)
        let storage = try PosixStorage(root: String(here[..<end]) + "/Fuzz/corpus", create: false)
        let folder = StoragePath("connection")
        return try storage.list(folder).map(\.name).sorted().map { name in
            (name, try storage.readAll(folder.appending(name), limit: 1 << 20))
        }
    }

    /// - Returns: the promise that the bytes break, in words; `nil` as long as all is well.
    func complaint(
        about bytes: [UInt8], _ generator: inout SeededGenerator
    ) async throws -> String? {
        let isStream = String(decoding: bytes, as: UTF8.self).contains("/api/live")
        let whole = Answers(try await answer(to: [bytes], isStream: isStream))
        let pieces = Answers(
            try await answer(to: Self.split(bytes, &generator), isStream: isStream))
        for answers in [whole, pieces] {
            if let complaint = answers.complaint { return complaint }
            guard !Self.namesThisServer(bytes) else { continue }
            guard answers.statuses.allSatisfy({ $0 >= 400 }) else {
                return "answered without a Host of this server: \(answers.statuses)"
            }
            guard !answers.text.contains(Self.secret) else { return "data for another host" }
        }
        let good = { (answers: Answers) in answers.statuses.filter { $0 < 300 } }
        guard isStream || good(whole) == good(pieces) else {
            return "in pieces other answers: \(whole.statuses) and \(pieces.statuses)"
        }
        return nil
    }

    /// Whether any line of it is a `Host` of this server: without one nothing may be answered.
    private static func namesThisServer(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        return text.contains("host:")
            && AllowedHosts.names.contains { text.contains("\($0):\(port)") }
    }

    private static func split(
        _ bytes: [UInt8], _ generator: inout SeededGenerator
    ) -> [[UInt8]] {
        let count = Int.random(in: 1...6, using: &generator)
        let cuts = (0..<count).map { _ in Int.random(in: 0...bytes.count, using: &generator) }
        let ends = cuts.sorted() + [bytes.count]
        return zip([0] + ends, ends).map { Array(bytes[$0..<$1]) }.filter { !$0.isEmpty }
    }

    /// Everything that comes back for the pieces, sent one after the other and then ended.
    private func answer(to pieces: [[UInt8]], isStream: Bool) async throws -> String {
        let channel = NIOAsyncTestingChannel()
        channel.localAddress = try SocketAddress(ipAddress: "127.0.0.1", port: Self.port)
        let handle = try await web.answering(channel)
        try await channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
        let handling = Task { await handle() }
        for piece in pieces {
            // What the server does not take is answered, and stays in the channel as its error.
            do { try await channel.writeInbound(ByteBuffer(bytes: piece)) } catch { break }
        }
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        // Timers of this loop fire when it is told the time: that of a refused connection as well.
        // An event stream ends only with its client; nothing else takes ten seconds, however busy
        // the machine is.
        let leaving = Task {
            for _ in 0..<(isStream ? 50 : 500) {
                try await Task.sleep(for: .milliseconds(20))
                await channel.testingEventLoop.advanceTime(by: .seconds(2))
            }
            try await channel.close()
        }
        await handling.value
        leaving.cancel()
        var text = ""
        while let part = try await channel.readOutbound(as: IOData.self) {
            if case .byteBuffer(let buffer) = part { text += String(buffer: buffer) }
        }
        await channel.testingEventLoop.shutdownGracefully()
        Self.used.withLock { $0.append(channel) }
        return text
    }
}

/// What came back, as far as it can be told apart without the requests.
private struct Answers {
    let text: String
    let statuses: [Int]
    let complaint: String?

    init(_ text: String) {
        self.text = text
        var (statuses, complaint) = ([Int](), String?.none)
        // Line ends are one character each otherwise.
        let statusLine = /HTTP\/1\.[01] (\d{3}) [A-Za-z' \-]+\r\n/.matchingSemantics(.unicodeScalar)
        for match in text.matches(of: statusLine) {
            let status = Int(match.output.1) ?? 0
            // The interim answer to `Expect`.
            guard status != 100 else { continue }
            statuses.append(status)
            let rest = text[match.range.upperBound...]
            let head = rest[..<(rest.firstRange(of: "\r\n\r\n")?.lowerBound ?? rest.endIndex)]
            complaint = complaint ?? Self.complaint(about: head, status)
        }
        self.statuses = statuses
        self.complaint = complaint
    }

    private static func complaint(about head: Substring, _ status: Int) -> String? {
        let lines = head.split(separator: "\r\n")
        let names = lines.map { $0.prefix { $0 != ":" }.lowercased() }
        for (name, value) in SecurityHeaders.all {
            let found = lines.filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }
            guard found == ["\(name): \(value)"] else { return "\(status) without \(name)" }
        }
        guard names.filter({ $0 == "cache-control" }).count == 1 else {
            return "\(status) without Cache-Control"
        }
        let others = names.filter {
            $0.hasPrefix("access-control-") || $0 == "set-cookie" || $0 == "server"
        }
        return others.isEmpty ? nil : "\(status) with \(others)"
    }
}

/// Takes everything, and counts.
private final class CountingIntake: EventIntake {
    let taken = Mutex(0)

    func append(user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?) {
        taken.withLock { $0 += events.count }
    }

    func closeIdle() {}
    func close() throws {}
}

/// Changes connections of the corpus.
private struct Mutation {
    let corpus: [[UInt8]]
    var generator: SeededGenerator

    /// What parsers of HTTP stumble over.
    private static let words = [
        "\r\n", "\n", "\r", "\0", " ", "\t", ":", ";", ",", "/", "//", "/..", "%2e", "%00", "?",
        "#",
        "\r\n\r\n", "Host: localhost:8082\r\n", "Host: evil.com\r\n", "Content-Length: 5\r\n",
        "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "5\r\nhello\r\n",
        "Connection: close\r\n", "Expect: 100-continue\r\n", "Origin: http://evil.com\r\n",
        "Sec-Fetch-Site: cross-site\r\n", "x-api-key: k\r\n", "Content-Encoding: gzip\r\n",
        "GET / HTTP/1.1\r\n", "POST /api/track HTTP/1.1\r\n", "HTTP/1.0", "HTTP/2.0", "HEAD",
        "OPTIONS", "{", "[", "\"", "\u{FF}", "99999999999999999999", "-1",
    ].map { Array($0.utf8) }

    mutating func input() -> [UInt8] {
        var bytes = any(corpus)
        for _ in 0..<Int.random(in: 1...4, using: &generator) { change(&bytes) }
        return bytes
    }

    private mutating func any(_ list: [[UInt8]]) -> [UInt8] {
        list.randomElement(using: &generator) ?? []
    }

    private mutating func place(_ bytes: [UInt8]) -> Int {
        Int.random(in: 0...bytes.count, using: &generator)
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let at = place(bytes)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0 where at < bytes.count:
            bytes[at] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.insert(contentsOf: any(Self.words), at: at)
        case 2:
            let end = min(bytes.count, at + Int.random(in: 1...20, using: &generator))
            bytes.removeSubrange(at..<end)
        case 3:
            let other = any(corpus)
            bytes = Array(bytes[..<at]) + other[min(at, other.count)...]
        case 4: bytes += any(corpus)
        default:
            let word = any(Self.words)
            let end = min(bytes.count, at + word.count)
            bytes.replaceSubrange(at..<end, with: word)
        }
    }
}
