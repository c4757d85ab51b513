package import TrackerTestSupport

/// Lines in every spelling that a log may have, and some that are no events.
package struct EventLineGenerator {
    package var generator: SeededGenerator

    package init(generator: SeededGenerator) { self.generator = generator }

    package mutating func some(upTo count: Int) -> [String] {
        (0..<pick(1...count)).map { _ in line() }
    }

    package mutating func pick(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    package mutating func one<Element>(_ elements: [Element]) -> Element {
        elements[pick(0...elements.count - 1)]
    }

    package mutating func line() -> String {
        switch pick(0...19) {
        case 0: distribution()
        case 1: session()
        case 2, 3: runStarted()
        case 4: object(["\"event\":\"run_finished\"", ts(), run(), state(), summary()])
        case 5, 6: edit()
        case 7:
            one([
                "", "{", "[1]", "{\"metric\":\"m\",\"value\":1}", "nonsense",
                "{\"ts\":1,\"value\":2}",
            ])
        default: sample()
        }
    }

    private mutating func session() -> String {
        if Bool.random(using: &generator) {
            return object(
                ["\"event\":\"session\"", ts(), text("name"), text("host"), text("commit")],
                optional: [metrics()])
        }
        return object(
            ["\"event\":\"metric\"", ts(), "\"metric\":\"\(metric())\""], optional: about())
    }

    /// What metrics are, and some that no metric can be.
    private mutating func metrics() -> String {
        let members = Set((0..<pick(0...3)).map { _ in one(["size", "latency_ms", "", "new"]) })
        let all = members.sorted().map { name in
            "\"\(name)\":" + one([object([], optional: about()), "3"])
        }
        return "\"metrics\":" + one(["{\(all.joined(separator: ","))}", "null", "[]"])
    }

    private mutating func about() -> [String] {
        [
            "\"unit\":" + one(["\"ms\"", "\"s\"", "\"\"", "1"]),
            "\"kind\":" + one(["\"rate\"", "\"size\"", "\"colour\"", "null"]),
            "\"better\":" + one(["\"lower\"", "\"higher\"", "\"neither\"", "\"up\""]),
        ]
    }

    /// Few times, so that ties are frequent; and some that no clock should say.
    private mutating func ts() -> String {
        let ms = 1_763_899_200_000 + pick(0...30) * 500
        return switch pick(0...9) {
        case 0: "\"ts\":\"2025-11-23T12:00:0\(pick(0...9)).25Z\""
        case 1: "\"ts\":" + one(["0", "-0.0", "9223372036854775808", "-5e17", "1e308", "1e300"])
        case 2: "\"ts\":\(ms).0\(pick(0...9))"
        default: "\"ts\" :\(ms)"
        }
    }

    /// The last two look alike and are not the same bytes.
    private mutating func metric() -> String {
        one(["latency_ms", "latency\\u005fms", "size", "lat\\u00e9", "lat\u{e9}", "late\u{301}"])
    }

    private mutating func run() -> String {
        "\"run\":\"" + one(["r1", "r2", "r\\u0031", "", "\u{e9}", "e\u{301}"]) + "\""
    }

    private mutating func value() -> String {
        one([
            "12.5", "\(pick(0...100_000)).\(pick(0...99))", "1e300", "-1e300", "1", "-0.0", "0",
            "5e-324",
            "-3.25", "1e-310", "0.1", "1.7976931348623157e308",
        ])
    }

    private mutating func labels() -> String {
        let route = "\"route\":" + one(["\"/a\"", "\"/\\u0061\"", "\"/b\""])
        let status = "\"status\":" + one(["200", "\"200\"", "500", "\"404\"", "true", "null"])
        let accents = "\"\u{e9}\":1"
        let others = "\"e\u{301}\":2"
        var members = one([[], [route], [route, status], [status], [accents, others]])
        members.shuffle(using: &generator)
        return "\"labels\":{" + members.joined(separator: one([",", " , "])) + "}"
    }

    /// The fields in any order, some left out where that is allowed.
    private mutating func object(_ fields: [String], optional: [String] = []) -> String {
        var all = fields + optional.filter { _ in Bool.random(using: &generator) }
        all.shuffle(using: &generator)
        return "{" + all.filter { !$0.isEmpty }.joined(separator: one([",", ", "])) + "}"
    }

    private mutating func sample() -> String {
        object(
            [ts(), "\"metric\":\"\(metric())\"", "\"value\":\(value())"],
            optional: [
                run(), labels(), "\"ok\":" + one(["true", "false"]),
                "\"unit\":\"" + one(["ms", "s", ""]) + "\"", "\"more\":{\"a\":[1,{}]}",
            ])
    }

    private mutating func distribution() -> String {
        let buckets = (0..<pick(1...4)).map {
            (bucket: 130_000 + $0 * pick(1...9) * 3, count: pick(1...5))
        }
        var seen: Set<Int> = []
        let unique = buckets.filter { seen.insert($0.bucket).inserted }
        let count = unique.reduce(0) { $0 + $1.count }
        let pairs = unique.map { "[\($0.bucket),\($0.count)]" }.joined(separator: ",")
        return object(
            [
                ts(), "\"metric\":\"\(metric())\"", "\"hist\":[\(pairs)]", "\"count\":\(count)",
                "\"sum\":\(pick(0...1000)).5", "\"min\":0.5", "\"max\":700",
            ], optional: [run(), labels(), "\"errors\":1", "\"duration_ms\":1000"])
    }

    private mutating func text(_ key: String) -> String {
        one([
            "", "\"\(key)\":null", "\"\(key)\":\"a\"", "\"\(key)\":\"\u{e9}\"",
            "\"\(key)\":\"e\u{301}\"",
        ])
    }

    private mutating func runStarted() -> String {
        object(
            [
                "\"event\":\"run_started\"", ts(),
                "\"run\":\"" + one(["r1", "r2", "\u{e9}", "e\u{301}"]) + "\"",
            ],
            optional: [
                "\"test\":\"load\"", "\"target\":\"http://\(one(["a", "b", "\\ud83d\\ude00"]))\"",
                "\"params\":{\"rate\":\(pick(1...3)).0e1,\"x\":[null,true,{\"y\":\"\\u007f\"}]}",
                text("commit"), "\"environment\":{\"cores\":2}", metrics(),
            ])
    }

    private mutating func state() -> String {
        one([
            "", "\"state\":\"finished\"", "\"state\":\"failed\"", "\"state\":\"stopped\"",
            "\"state\":\"?\"",
        ])
    }

    private mutating func summary() -> String { one(["", "\"summary\":{\"p99\":1.50}"]) }

    private mutating func edit() -> String {
        let kind = one([
            "\"event\":\"note\",\"text\":\"n\(pick(0...3))\"", "\"event\":\"tag\",\"tag\":\"t\"",
            "\"event\":\"untag\",\"tag\":\"t\"",
            "\"event\":\"rename\",\"name\":\"x\(pick(0...2))\"",
            "\"event\":\"archive\"", "\"event\":\"restore\"", "\"event\":\"baseline\"",
            "\"event\":\"note\",\"text\":\"u\",\"undo\":\"\(pick(0...4))\"",
            "\"event\":\"note\",\"text\":\"l\",\"left_out\":" + one(["true", "false", "0"]),
        ])
        return object(
            [kind, ts()],
            optional: [
                run(), "\"from\":1,\"to\":2.5", "\"id\":" + one(["\"\(pick(0...4))\"", "7"]),
                "\"by\":\"ann\"",
            ])
    }
}
