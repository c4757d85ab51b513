import Testing
import TrackerTestSupport

@testable import TrackerWeb

@Suite("Paths and queries of requests")
struct RequestPathTests {
    @Test(
        "The segments of a path, decoded once",
        arguments: [
            ("/", [], nil), ("/a", ["a"], nil), ("/a/b", ["a", "b"], nil), ("/a?", ["a"], ""),
            ("/a?x=1&y", ["a"], "x=1&y"), ("/?a/b?c", [], "a/b?c"), ("/%41", ["A"], nil),
            ("/%2541", ["%41"], nil), ("/a%2Fb", ["a/b"], nil), ("/a+b", ["a+b"], nil),
            ("/%E6%B5%8B", ["测"], nil), ("/...", ["..."], nil), ("/.a", [".a"], nil),
            ("/%20", [" "], nil), ("/a:b@c=d,e!$&'()*~", ["a:b@c=d,e!$&'()*~"], nil),
        ] as [(String, [String], String?)])
    func paths(target: String, segments: [String], query: String?) throws {
        let path = try #require(RequestPath(target: target))
        #expect(path.segments == segments)
        #expect(path.query == query)
    }

    @Test(
        "An ambiguous path is refused",
        arguments: [
            "", "a", "*", "http://localhost/", "//", "/a/", "/a//b", "/.", "/..", "/a/../b",
            "/%2e", "/%2E%2e", "/a\\b", "/a;b", "/a#b", "/a b", "/a\u{7F}", "/é", "/%", "/%4",
            "/%zz", "/%+1", "/%00", "/%1B", "/%7F", "/%C2%9B", "/%FF", "/%C0%AF", "/%ED%A0%80",
            "?a", "/a/%2e%2e/b", "/\r\n", "/\t",
        ])
    func noPaths(target: String) {
        #expect(RequestPath(target: target) == nil)
    }

    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.map { "%\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined()
    }

    @Test("Any text without control characters survives a path and a query")
    func roundTrip() throws {
        for seed in [1, 2] as [UInt64] {
            var generator = SeededGenerator(seed: seed)
            for _ in 0..<500 {
                let text = String(
                    (0..<1 + Int(generator.next() % 8)).map { _ -> Character in
                        let code = 0x20 + UInt32(generator.next() % 0x2FFFF)
                        let scalar = Unicode.Scalar(code) ?? "x"
                        return (0x7F...0x9F).contains(scalar.value) ? "y" : Character(scalar)
                    })
                guard text != ".", text != ".." else { continue }
                let target = "/s/" + Self.encoded(text) + "?q=" + Self.encoded(text)
                let path = try #require(RequestPath(target: target), "seed \(seed)")
                #expect(path.segments == ["s", text], "seed \(seed)")
                let items = QueryItems.parse(path.query)
                #expect(items.map(\.0) == ["q"] && items.map(\.1) == [text], "seed \(seed)")
            }
        }
    }

    @Test(
        "Fields of a query",
        arguments: [
            (nil, []), ("", []), ("a=1", ["a=1"]), ("a=1&b=2", ["a=1", "b=2"]), ("a", ["a="]),
            ("a=", ["a="]), ("=1", ["=1"]), ("a=b=c", ["a=b=c"]), ("&&a=1&&", ["a=1"]),
            ("q=two+words", ["q=two words"]), ("q=1%2B1", ["q=1+1"]), ("a=%zz&b=1", ["b=1"]),
            ("%FF=1&b=2", ["b=2"]), ("a=1&a=2", ["a=1", "a=2"]), ("q=%26%3D", ["q=&="]),
        ] as [(String?, [String])])
    func queries(query: String?, fields: [String]) {
        #expect(QueryItems.parse(query).map { "\($0.0)=\($0.1)" } == fields)
    }
}
