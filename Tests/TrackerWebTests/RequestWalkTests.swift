import NIOHTTP1
import Testing
import TrackerTestSupport

@testable import TrackerWeb

@Suite("Where requests end") struct RequestWalkTests {
    private struct Request {
        let head: HTTPRequestHead
        let bytes: [UInt8]

        init(_ headers: String = "", body: String = "") {
            var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
            for line in headers.split(separator: "\r\n") {
                let parts = line.split(separator: ":")
                head.headers.add(name: String(parts[0]), value: String(parts[1].dropFirst()))
            }
            self.head = head
            bytes = Array("POST / HTTP/1.1\r\nHost: x\r\n\(headers)\r\n\(body)".utf8)
        }

        static let all: [Request] = [
            Request(), Request("Content-Length: 0\r\n"),
            Request("Content-Length: 5\r\n", body: "\r\n\r\na"),
            Request("Content-Length: 3\r\n", body: "GET"),
            Request("Transfer-Encoding: chunked\r\n", body: "3\r\nabc\r\n0\r\n\r\n"),
        ]
    }

    private static let start = Array("GET /".utf8)

    /// As the parser does: it tells of each head and of each end as soon as it has read them.
    private func walk(_ requests: [Request], pieces: [Int], begun: [UInt8]) -> [Int] {
        var walk = RequestWalk()
        let bytes = requests.flatMap(\.bytes) + begun
        var heads: [(end: Int, head: HTTPRequestHead, whole: Int)] = []
        var at = 0
        for request in requests {
            let text = String(decoding: request.bytes, as: UTF8.self)
            let head =
                text.utf8.count
                - (text.split(separator: "\r\n\r\n", maxSplits: 1)
                    .dropFirst().first?.utf8.count ?? 0)
            heads.append((at + head, request.head, at + request.bytes.count))
            at += request.bytes.count
        }
        var (from, found) = (0, [Int]())
        for piece in pieces + [bytes.count] {
            let to = min(piece, bytes.count)
            guard to > from else { continue }
            for head in heads where head.end > from && head.end <= to { walk.expect(head.head) }
            let open = heads.last { $0.end <= to }
            let isBetween = open.map { $0.whole <= to } ?? true
            found.append(
                unsafe bytes[from..<to].withUnsafeBytes {
                    unsafe walk.advance(over: $0, isBetween: isBetween)
                })
            from = to
        }
        return found
    }

    @Test("the bytes of a head that has begun are counted, behind any requests, in any pieces")
    func begun() {
        var generator = SeededGenerator(seed: 14)
        for round in 0..<3_000 {
            let requests = (0..<Int.random(in: 0...3, using: &generator)).compactMap { _ in
                Request.all.randomElement(using: &generator)
            }
            let begun = Bool.random(using: &generator) ? Self.start : []
            let count = requests.reduce(begun.count) { $0 + $1.bytes.count }
            let pieces = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                Int.random(in: 0...count, using: &generator)
            }.sorted()
            let last = walk(requests, pieces: pieces, begun: begun).last ?? 0
            // Where a body in chunks ends is not known: only whether something is behind it.
            let isExact = !requests.contains { !$0.head.headers["Transfer-Encoding"].isEmpty }
            let isRight = isExact ? last == begun.count : (last > 0) == !begun.isEmpty
            let isLost = !isExact && requests.last?.head.headers["Content-Length"].isEmpty == false
            #expect(
                isRight || isLost,
                "round \(round): \(last) of \(begun.count), \(pieces), \(requests.map(\.head.headers))"
            )
        }
    }

    @Test("an empty line behind a body begins no head")
    func emptyLine() {
        let request = Request("Content-Length: 3\r\n", body: "abc")
        #expect(walk([request], pieces: [], begun: Array("\r\n".utf8)) == [0])
        #expect(walk([request], pieces: [], begun: Array("\r\nG".utf8)) == [1])
    }
}
