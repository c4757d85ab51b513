import Testing
import TrackerLog
import TrackerTestSupport

@Suite("Laws of lines")
struct LinePropertyTests {
    @Test("the usual spelling is read without the full parser")
    func usualSpelling() throws {
        let text =
            #"{"ts":1763899200000.620,"metric":"http.latency_ms","value":12.345,"run":"run-0","#
            + #""labels":{"route":"/api/items/{id}","status":"200"}}"# + "\n"
        let scanned = ScannedLines(Array((text + text).utf8), capacity: 1)
        #expect(scanned.lines.map(\.kind) == [.sample, .sample])
        #expect(scanned.lines.map(\.value) == [12.345, 12.345])
        try scanned.checkAgainstParser("usual")
    }

    @Test(
        "20,000 valid spellings: the parser takes each, the scanner half, and both agree"
    )
    func validSpellings() throws {
        let seed: UInt64 = 11
        print("seed \(seed)")
        var generator = LineGenerator(seed: seed)
        var samples = 0
        let rounds = TestMode.rounds(200)
        for _ in 0..<rounds {
            let lines = (0..<100).map { _ in generator.line() }
            let scanned = ScannedLines(Array(lines.joined(separator: "\n").utf8))
            #expect(scanned.lines.count == 100)
            samples += scanned.lines.count { $0.kind == .sample }
            try scanned.checkAgainstParser("seed \(seed)")
            for line in lines {
                do throws(LineError) {
                    _ = try EventParser.parse(Array(line.utf8))
                } catch {
                    Issue.record("refused as \(error.rawValue): \(line)")
                }
            }
        }
        #expect(samples > rounds * 40)
    }

    @Test("F50: 150,000 mutations of valid lines: no trap, and never two verdicts")
    func mutations() throws {
        let seed: UInt64 = 12
        print("seed \(seed)")
        var generator = LineGenerator(seed: seed)
        var (samples, refused) = (0, 0)
        let rounds = TestMode.rounds(1_500)
        for _ in 0..<rounds {
            let line = Array(generator.line().utf8)
            let lines = (0..<100).map { _ in generator.mutated(line) }
            for line in lines {
                do throws(LineError) { _ = try EventParser.parse(line) } catch { refused += 1 }
            }
            let scanned = ScannedLines(Array(lines.joined(separator: [0x0A])) + [0x0A])
            samples += scanned.lines.count { $0.kind == .sample }
            try scanned.checkAgainstParser("seed \(seed)")
        }
        #expect(samples > rounds * 16 / 3)
        #expect(refused > rounds * 100 / 3)
    }

    @Test("what the encoder writes, both readers read as the same sample")
    func encoderRoundTrip() throws {
        var generator = LineGenerator(seed: 13)
        for _ in 0..<TestMode.rounds(5_000) {
            guard case .sample(let sample) = try EventParser.parse(Array(generator.line().utf8))
            else {
                Issue.record("not a sample")
                continue
            }
            var line: [UInt8] = []
            #expect(EventEncoder.append(.sample(sample), to: &line))
            #expect(try EventParser.parse(line.dropLast()) == .sample(sample))
            let scanned = ScannedLines(line)
            #expect(scanned.lines.map(\.kind) == [.sample])
            try scanned.checkAgainstParser("\(sample)")
        }
    }

    private static let one = Distribution(
        timestamp: 1, metric: "m", histogram: [BucketCount(bucket: 1, count: 2)], count: 2,
        sum: 1,
        min: 0, max: 1)

    private static func distribution(_ change: (inout Distribution) -> Void) -> Event {
        var event = one
        change(&event)
        return .distribution(event)
    }

    /// Events that readers would refuse: the encoder must not write them.
    static let unwritable: [(String, Event)] = {
        let long = String(repeating: "x", count: 1_025)
        func sample(_ change: (inout Sample) -> Void) -> Event {
            var sample = Sample(timestamp: 1, metric: "m", value: 1)
            change(&sample)
            return .sample(sample)
        }
        func started(_ params: JSONValue) -> Event {
            .runStarted(RunStarted(timestamp: 1, run: "r", params: params))
        }
        let deep = (0..<40).reduce(JSONValue.null) { value, _ in .array([value]) }
        return [
            ("value NaN", sample { $0.value = .nan }),
            ("no metric", sample { $0.metric = "" }), ("long metric", sample { $0.metric = long }),
            ("long run", sample { $0.run = long }), ("long unit", sample { $0.unit = long }),
            ("label twice", sample { $0.labels = [Label("a", "1"), Label("a", "2")] }),
            ("33 labels", sample { $0.labels = (0..<33).map { Label("\($0)", "") } }),
            (
                "a line of 2 MiB",
                sample { $0.labels = [Label("a", String(repeating: "x", count: 2 << 20))] }
            ),
            ("count not the histogram's", distribution { $0.count = 3 }),
            ("bucket twice", distribution { $0.histogram += [BucketCount(bucket: 1, count: 0)] }),
            ("a bucket beyond all", distribution { $0.histogram[0].bucket = .min }),
            (
                "counts that overflow",
                distribution {
                    $0.histogram = (0..<3).map { BucketCount(bucket: $0, count: .max) }
                }
            ),
            ("min above max", distribution { $0.min = 2 }),
            ("errors above count", distribution { $0.errors = 3 }),
            ("sum NaN", distribution { $0.sum = .nan }),
            ("params are no object", started(.array([]))),
            ("params too deep", started(.object([.init("a", deep)]))),
            ("a number that is none", started(.object([.init("a", .number("1\n2"))]))),
            ("a number that is more", started(.object([.init("a", .number("1,\"b\":2"))]))),
            ("a key twice", started(.object([.init("a", .null), .init("a", .null)]))),
            ("no run", .runFinished(RunFinished(timestamp: 1, run: "", state: .failed))),
            ("an edit of a long run", .edit(Edit(timestamp: 1, kind: .archive, run: long))),
        ]
    }()

    @Test("an event that readers would refuse is not written", arguments: unwritable)
    func refused(_ name: String, _ event: Event) {
        var bytes: [UInt8] = [1, 2]
        #expect(!EventEncoder.append(event, to: &bytes))
        #expect(bytes == [1, 2])
    }

    @Test("a valid distribution is written and read back")
    func distributionRoundTrip() throws {
        var bytes: [UInt8] = []
        #expect(EventEncoder.append(.distribution(Self.one), to: &bytes))
        #expect(try EventParser.parse(bytes.dropLast()) == .distribution(Self.one))
    }
}

@Suite("Numbers and times")
struct NumberAndTimeTests {
    @Test("200,000 decimal texts become the nearest double, as the standard library has it")
    func nearestDouble() throws {
        let seed: UInt64 = 21
        print("seed \(seed)")
        var generator = LineGenerator(seed: seed)
        for round in 0..<TestMode.rounds(2_000) {
            let texts = (0..<100).map { index in
                // Grammar at random, doubles at random, and halves between two doubles.
                switch (round + index) % 3 {
                case 0: return generator.number()
                case 1:
                    let value = Double(bitPattern: generator.random.next())
                    return value.isFinite ? value.description : "0"
                default:
                    return
                        generator.digits(1...3) + "5e-\(generator.digits(1...1))"
                }
            }.map {
                $0.hasPrefix("0")
                    && $0.utf8.dropFirst().first.map { $0 >= 0x30 && $0 <= 0x39 } == true
                    ? "1" + $0 : $0
            }
            let content = texts.map { #"{"ts":1,"metric":"m","value":\#($0)}"# }.joined(
                separator: "\n")
            let scanned = ScannedLines(Array(content.utf8), capacity: 100)
            for (text, line) in zip(texts, scanned.lines) {
                #expect(line.kind == .sample, "\(text)")
                let isNearest = Double(text)?.bitPattern == line.value.bitPattern
                #expect(isNearest, "seed \(seed): \(text) became \(line.value)")
            }
        }
    }

    /// Text, and its Unix milliseconds or nil.
    static let times: [(String, Double?)] = [
        ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1),
        ("2000-02-29T12:00:00Z", 951_825_600_000),
        ("2026-11-23T14:02:11.5Z", 1_795_442_531_500),
        ("2026-11-23T15:02:11.5+01:00", 1_795_442_531_500),
        ("2026-11-23T08:32:11.5-05:30", 1_795_442_531_500),
        ("2026-11-23t14:02:11.500z", 1_795_442_531_500),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("1990-12-31T23:59:60Z", 662_688_000_000),
        ("2026-11-23T14:02:11.123456789123456789Z", 1_795_442_531_123.456789),
        ("2026-11-23T14:02:11-00:00", 1_795_442_531_000), ("1900-02-29T00:00:00Z", nil),
        ("2026-02-29T00:00:00Z", nil),
        ("2026-13-01T00:00:00Z", nil), ("2026-00-01T00:00:00Z", nil), ("2026-04-31T00:00:00Z", nil),
        ("2026-11-23T24:00:00Z", nil), ("2026-11-23T14:60:00Z", nil), ("2026-11-23T14:02:61Z", nil),
        ("2026-11-23T14:02:11", nil), ("2026-11-23 14:02:11Z", nil), ("2026-11-23T14:02Z", nil),
        ("2026-11-23", nil),
        ("2026-11-23T14:02:11.Z", nil), ("2026-11-23T14:02:11+0100", nil),
        ("2026-11-23T14:02:11+24:00", nil),
        ("2026-11-23T14:02:11Zx", nil), ("+026-11-23T14:02:11Z", nil),
        ("２026-11-23T14:02:11Z", nil), ("", nil),
    ]

    @Test("RFC 3339", arguments: times)
    func rfc3339(_ text: String, _ ms: Double?) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == ms)
    }

    @Test("XXH64 is the checksum that zstd appends to a frame, for every length up to 300")
    func xxHash() throws {
        var random = SeededGenerator(seed: 41)
        #expect(XXHash64.hash([]) == 0xEF46_DB37_51D8_E999)
        #expect(XXHash64.hash(Array("abc".utf8)) == 0x44BC_2CF5_AD77_0999)
        for count in 0..<300 {
            let content = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            var checksum: [UInt8] = []
            SegmentBuilder.append(XXHash64.hash(content), bytes: 4, to: &checksum)
            #expect(SegmentBuilder.frame(content).suffix(4) == checksum[...])
        }
    }
}

@Suite("Ids as directory names")
struct DirectoryNameTests {
    static let names: [(String, String)] = [
        ("a", "a"), ("A", "%41"), ("..", "%2e."), (".", "%2e"), ("../../etc", "%2e.%2f..%2fetc"),
        ("a/b", "a%2fb"),
        ("%2e%2e", "%252e%252e"), ("a\0", "a%00"), ("CON", "%43%4f%4e"), ("-rf", "%2drf"),
        ("a.b-c_d", "a.b-c_d"),
        ("é", "%c3%a9"), ("e\u{301}", "e%cc%81"), ("а", "%d0%b0"), ("\u{202E}x", "%e2%80%aex"),
        (" ", "%20"),
        (String(repeating: "x", count: 200), String(repeating: "x", count: 200)),
    ]

    @Test("F52: an id has one name and back", arguments: names)
    func encode(_ id: String, _ name: String) throws {
        #expect(try SessionID(id).directoryName == name)
        #expect(try UserID(id).directoryName == name)
        #expect(SessionID(directoryName: name).map { Array($0.value.utf8) } == Array(id.utf8))
    }

    @Test(
        "F52: a name that is not the encoding of its own decoding is none",
        arguments: [
            "", ".", "..", "A", "a/b", "%2E", "%61", "%", "%2", "%zz", "-x", ".x", "%ff", "%c0%af",
            "é", "a b", "%ed%a0%80",
            String(repeating: "x", count: 201),
        ])
    func refusedNames(name: String) {
        #expect(SessionID(directoryName: name) == nil)
        #expect(UserID(directoryName: name) == nil)
    }

    @Test("F52: an empty id, and one of 4 KiB, are refused")
    func refusedIDs() {
        #expect(throws: IdentifierError.empty) { try SessionID("") }
        #expect(throws: IdentifierError.tooLong(encodedBytes: 4096)) {
            try SessionID(String(repeating: "x", count: 4096))
        }
        #expect(throws: IdentifierError.tooLong(encodedBytes: 201)) {
            try UserID(String(repeating: "A", count: 67))
        }
    }

    @Test("F52: ids that differ have names that differ, also where case is folded")
    func injective() throws {
        var random = SeededGenerator(seed: 51)
        var seen: [String: [UInt8]] = [:]
        for _ in 0..<TestMode.rounds(20_000) {
            let id = String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 1...3, using: &random)).compactMap { _ in
                        Unicode.Scalar(UInt32.random(in: 0x20...0x130, using: &random))
                    }))
            let name = try SessionID(id).directoryName
            #expect(!name.utf8.contains { $0 >= 0x41 && $0 <= 0x5A })
            #expect(name == name.lowercased())
            let known = seen.updateValue(Array(id.utf8), forKey: name)
            #expect(known == nil || known == Array(id.utf8))
            #expect(SessionID(directoryName: name).map { Array($0.value.utf8) } == Array(id.utf8))
        }
    }

    @Test(
        "segment names",
        arguments: [
            ("0123456789abcdef.000001.jsonl.zst", true), ("shared.999999.jsonl", true),
            ("shared.000001.jsonl.gz", true),
            ("shared.000000.jsonl.zst", false), ("shared.1.jsonl.zst", false),
            ("shared.0000001.jsonl.zst", false),
            ("0123456789ABCDEF.000001.jsonl.zst", false),
            ("0123456789abcde.000001.jsonl.zst", false),
            ("shared.000001.jsonl.zst.tmp", false), ("shared.000001.json", false),
            ("shared.+00001.jsonl", false),
            ("other.000001.jsonl", false), (".000001.jsonl", false), ("", false),
            ("shared.００００01.jsonl", false),
        ])
    func segmentNames(_ name: String, _ isOne: Bool) {
        #expect((SegmentName(fileName: name) != nil) == isOne)
        if isOne { #expect(SegmentName(fileName: name)?.fileName == name) }
    }
}
