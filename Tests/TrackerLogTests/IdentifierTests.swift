import Testing
import TrackerLog
import TrackerTestSupport

@Suite("Ids are bytes")
struct IdentifierTests {
    /// Pairs that Swift's `String ==` calls equal, or that a file system may fold together.
    private static let pairs: [(String, String)] = [
        ("\u{FC}", "u\u{308}"),
        ("\u{1E9B}\u{323}", "\u{1E9B}\u{323}x"),
        ("\u{212B}", "\u{C5}"),
        ("\u{AC00}", "\u{1100}\u{1161}"),
        ("Ann", "ann"),
        ("%41", "A"),
        ("a", "a\u{200B}"),
        (".", "%2e"),
        ("-x", "%2dx"),
    ]

    @Test("two spellings are two ids: for ==, hash, order and directory", arguments: pairs)
    func apart(a: String, b: String) throws {
        let (one, other) = (try SessionID(a), try SessionID(b))
        #expect(one != other)
        #expect((one < other) != (other < one))
        #expect(one.directoryName != other.directoryName)
        #expect(Set([one, other]).count == 2)
        #expect(try UserID(a) != UserID(b))
    }

    @Test("an id comes back from its directory name, byte for byte", arguments: pairs)
    func thereAndBack(a: String, b: String) throws {
        for text in [a, b] {
            let id = try SessionID(text)
            let again = try #require(SessionID(directoryName: id.directoryName))
            #expect(Array(again.value.utf8) == Array(text.utf8))
            #expect(again == id)
        }
    }

    @Test("equality, hash and order are those of the bytes, for any texts")
    func law() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let scalars = Array("aAu\u{308}\u{FC}%41.-_ é\u{E9}\u{1100}\u{1161}".unicodeScalars)
        func text() -> String {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                text.append(scalars[Int.random(in: 0..<scalars.count, using: &random)])
            }
            return String(text)
        }
        for _ in 0..<2_000 {
            let (a, b) = (text(), text())
            let areSame = Array(a.utf8) == Array(b.utf8)
            let (one, other) = (try UserID(a), try UserID(b))
            #expect((one == other) == areSame, "seed \(seed)")
            #expect((Set([one, other]).count == 1) == areSame, "seed \(seed)")
            #expect((one < other || other < one) == !areSame, "seed \(seed)")
        }
    }

    @Test(
        "a name that is not the encoding of an id is not its directory",
        arguments: ["", "%", "%4", "%zz", "%41%", "A", "a/b", "%61", ".x", "-x", "%C3%BC", "%ff"])
    func notEncoded(name: String) {
        #expect(SessionID(directoryName: name) == nil)
    }

    @Test(
        "percent encoding is decoded once",
        arguments: [
            ("%41", "A"), ("%2541", "%41"), ("%c3%BC", "ü"), ("a b", "a b"), ("", ""),
        ])
    func decodedOnce(raw: String, text: String) throws {
        #expect(try Array(#require(PercentEncoding.decode(raw)).utf8) == Array(text.utf8))
    }

    @Test(
        "broken escapes and bytes that are not UTF-8 are refused",
        arguments: ["%", "%4", "%g1", "%ff"])
    func broken(raw: String) { #expect(PercentEncoding.decode(raw) == nil) }
}

@Suite("Nearest rank")
struct NearestRankTests {
    @Test("the rank is the smallest whose share is at least q")
    func law() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let count = Int.random(in: 1...5_000, using: &random)
            let permille = Int.random(in: 0...1_000, using: &random)
            let rank = Int(NearestRank.rank(Double(permille) / 1_000, of: Double(count)))
            // In whole numbers: ceil(permille * count / 1000), at least 1.
            let exact = max(1, (permille * count + 999) / 1_000)
            #expect(abs(rank - exact) <= (permille * count % 1_000 == 0 ? 1 : 0), "seed \(seed)")
            #expect((1...count).contains(rank), "seed \(seed)")
        }
    }

    @Test(
        "fewer than ten samples beyond a quantile are few",
        arguments: [
            (0.5, 19.0, true), (0.5, 20.0, false), (0.9, 99.0, true), (0.9, 100.0, false),
            (0.99, 999.0, true), (0.99, 1_000.0, false), (0.999, 9_999.0, true),
            (0.999, 10_000.0, false),
        ])
    func few(q: Double, count: Double, isFew: Bool) {
        #expect(NearestRank.hasFewSamples(count, beyond: q) == isFew)
        let needed = NearestRank.samplesNeeded(beyond: q)
        #expect(needed == Int(isFew ? count + 1 : count))
        #expect(!NearestRank.hasFewSamples(Double(needed), beyond: q))
    }

    @Test(
        "counts are cut into the shortest ranges that have enough",
        arguments: [
            ([], []), ([0, 0], []), ([20, 20], [0..<1, 1..<2]), ([19, 1, 20], [0..<2, 2..<3]),
            ([0, 5, 0, 15, 0, 30, 0], [1..<4, 5..<6]), ([20, 0, 19], [0..<3]),
            ([0, 19, 0], [1..<2]),
        ] as [([Int], [Range<Int>])])
    func ranges(counts: [Int], expected: [Range<Int>]) {
        #expect(NearestRank.ranges(of: counts, beyond: 0.5) == expected)
    }
}
