import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerPages

@testable import TrackerAnalysis
@testable import tracker

@Suite("Comparisons, trends, gates and health as text")
struct PrinterTests {
    private func comparison(scale: Double = 1.5) throws -> Comparison {
        var a = RunGenerator(seed: 1)
        a.perSecond = 50
        var b = RunGenerator(seed: 2)
        b.perSecond = 50
        b.scale = scale
        return try Comparison(
            ComparisonGroup(name: "ann/a", runs: [a.run()]),
            ComparisonGroup(name: "ann/b", runs: [b.run()]))
    }

    /// The text on a terminal of any width.
    private func text(_ comparison: Comparison) -> String {
        Console.$current.withValue(Console(width: { nil })) { CompareText.text(comparison) }
    }

    @Test(
        "A change has a sign, a digit and its unit",
        arguments: [
            (0.05, false, "+5.0%"), (-0.05, false, "-5.0%"), (0, false, "0.0%"),
            (0.12345, false, "+12.3%"), (-0.0001, false, "0.0%"), (0.0001, false, "0.0%"),
            (12, false, "+1200%"), (0.1, true, "+0.10 pp"), (-2.345, true, "-2.35 pp"),
            (0, true, "0.00 pp"), (100, true, "+100.00 pp"), (1e300, false, "+1.00e302%"),
        ] as [(Double, Bool, String)])
    func change(value: Double, isPoints: Bool, text: String) {
        #expect(CompareText.change(value, isPoints) == text)
    }

    @Test(
        "A verdict says why it is none",
        arguments: [
            (.better, "Better"), (.worse, "Worse"), (.noDifferenceFound, "No difference found"),
            (.inconclusive(.wide(furtherRuns: 1)), "Inconclusive: about 1 more run of each"),
            (.inconclusive(.wide(furtherRuns: 7)), "Inconclusive: about 7 more runs of each"),
            (.inconclusive(.wide(furtherRuns: nil)), "Inconclusive: more than 100 more runs"),
            (
                .inconclusive(.tooFewSamples(needed: 1_000)),
                "Inconclusive: too few samples, needs 1000"
            ),
            (
                .inconclusive(.tooShort(neededSlots: 10)),
                "Inconclusive: too short, needs 10 seconds"
            ),
            (.inconclusive(.noRatio), "Inconclusive: a value is zero or less: no ratio"),
        ] as [(Verdict, String)])
    func verdict(verdict: Verdict, text: String) {
        #expect(CompareText.verdict(verdict) == text)
    }

    @Test("A comparison names its groups, its metric, each number, and how it was made")
    func compareText() throws {
        let comparison = try comparison()
        let lines = text(comparison).split(separator: "\n").map(String.init)
        #expect(lines[0] == "A  ann/a")
        #expect(lines[1] == "B  ann/b")
        #expect(lines[2] == "latency_ms (ms): lower is better; per second: higher")
        let heading = try #require(lines.firstIndex { $0.contains("VERDICT") })
        let names = lines[(heading + 1)...].prefix(comparison.rows.count).map { $0.cells[0] }
        #expect(names == ["p50", "p90", "p95", "p99", "mean", "per second", "error rate"])
        #expect(lines.last?.contains("seed \(String(comparison.seed, radix: 16)).") == true)
        #expect(lines.last?.contains("Smallest effect that matters: 2.0%, errors 0.1 pp.") == true)
    }

    @Test("Groups of several runs say how many, and hostile names stay text")
    func compareHostile() throws {
        var comparison = try comparison()
        comparison.nameA = "a\u{1B}[31m\nB  forged"
        comparison.runsB = 3
        comparison.metric = "m\u{202E}"
        comparison.unit = "\u{200B}s"
        comparison.warnings = ["one\u{7}", "two\nlines"]
        comparison.differences = [
            .init(name: "ho\u{9B}st", a: [], b: ["x\u{E0041}", "y"])
        ]
        let text = self.text(comparison)
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !VisibleText.isHidden($0) })
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "A  a\\u{1b}[31m\\u{a}B  forged")
        #expect(lines[1] == "B  ann/b  (3 runs)")
        #expect(lines.filter { $0.hasPrefix("! ") } == ["! one\\u{7}", "! two\\u{a}lines"])
        #expect(lines.contains { $0.cells == ["ho\\u{9b}st", "-", "x\\u{e0041}, y"] })
    }

    @Test("Every kind of row has all its cells")
    func rows() throws {
        var comparison = try comparison()
        comparison.rows = [
            .init(
                statistic: .p50, a: 1.5, b: 1e15, countA: 1, countB: 1_234_567,
                difference: 6.6e14, interval: 1...2, verdict: .worse),
            .init(
                statistic: .errorRate, a: 0, b: 12.5, countA: 2, countB: 3, difference: 12.5,
                interval: -0.5...25, verdict: .inconclusive(.wide(furtherRuns: nil))),
            .init(
                statistic: .perSecond, a: 0, b: 0, countA: 0, countB: 0,
                verdict: .inconclusive(.noRatio)),
        ]
        let lines = text(comparison).split(separator: "\n").map(String.init)
        let heading = try #require(lines.firstIndex { $0.contains("VERDICT") })
        #expect(
            lines[heading + 2].cells == [
                "error rate", "0%", "12.50%", "+12.50 pp", "-0.50 pp to +25.00 pp", "2, 3",
                "Inconclusive: more than 100 more runs",
            ])
        #expect(
            lines[heading + 3].cells == [
                "per second", "0", "0", "-", "-", "0, 0",
                "Inconclusive: a value is zero or less: no ratio",
            ])
        #expect(lines[heading + 1].cells[5] == "1, 1234567")
        #expect(lines[heading + 1].cells.last == "Worse")
    }

    @Test("No difference is no table")
    func noDifferences() {
        #expect(CompareText.differences([]) == "")
    }

    @Test(
        "In Markdown nothing from the log is markup",
        arguments: [
            ("plain text 1.5 ms", "plain text 1.5 ms"), ("a|b", "a\\|b"), ("<b>&", "&lt;b\\>&amp;"),
            ("*x* _y_ `z`", "\\*x\\* \\_y\\_ \\`z\\`"), ("[a](b)", "\\[a\\]\\(b\\)"),
            ("# ~ ! @me \\", "\\# \\~ \\! \\@me \\\\"), ("a\nb", "a\\\\u{a}b"),
            ("\u{202E}", "\\\\u{202e}"), ("测试 🚀", "测试 🚀"), ("", ""),
        ])
    func markdown(text: String, escaped: String) {
        #expect(ReportMarkdown.escaped(text) == escaped)
    }

    @Test("Every character of ASCII that Markdown knows is escaped")
    func markdownLaw() {
        for code in UInt8(ascii: " ")...UInt8(ascii: "~") {
            let character = Character(Unicode.Scalar(code))
            let escaped = ReportMarkdown.escaped(String(character))
            let isMarkup = "<&\\`*_[]()|~#!>@".contains(character)
            #expect((escaped != String(character)) == isMarkup, "\(character)")
        }
    }

    @Test(
        "A word for a shell",
        arguments: [
            ("api", "api"), ("http://localhost:3000/", "http://localhost:3000/"), ("", "''"),
            ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("$(rm)", "'$(rm)'"), ("a;b", "'a;b'"),
            ("p99:+5%", "p99:+5%"), ("é", "'é'"), ("a\nb", "'a\nb'"), ("~/x", "'~/x'"),
        ])
    func shell(word: String, quoted: String) {
        #expect(ShellQuoting.quoted(word) == quoted)
    }

    @Test("Change points as a table, the least likely with a bound")
    func changePoints() {
        var series = ChangePointSeries()
        series.append(contentsOf: Array(repeating: 0, count: 9) + Array(repeating: 7, count: 9))
        series.append(contentsOf: (0..<12).map { 100 + Double($0 % 3) })
        let points = series.changePoints
        let lines = TrendText.values(points).split(separator: "\n").map(String.init)
        #expect(lines[0].cells == ["INDEX", "BEFORE", "AFTER", "CHANGE", "P"])
        #expect(lines.count == points.count + 1)
        for (line, point) in zip(lines.dropFirst(), points) {
            let cells = line.cells
            #expect(cells[0] == "\(point.index)")
            #expect(cells[1] == NumberFormat.plain.value(point.before.mean))
            #expect(cells[2] == NumberFormat.plain.value(point.after.mean))
            #expect(cells[3] == point.change.map { CompareText.change($0, false) } ?? "-")
        }
        #expect(lines.contains { $0.hasSuffix("< 0.000000001") })
    }

    private func health(_ change: (inout SessionHealth) -> Void) -> SessionHealth {
        var health = SessionHealth(
            badRegions: [], badRegionCount: 0, badRegionBytes: 0, badLines: [], badLineCount: 0,
            gaps: [], missingFrames: 0, uncheckedFrames: 0, duplicateFrames: 0,
            conflictingFrames: 0, newerFrames: 0, droppedEvents: 0, pendingBytes: 0,
            ignoredFiles: [])
        change(&health)
        return health
    }

    @Test("Health: one thing and many, and notes that are no damage")
    func healthText() {
        let whole = health { _ in }
        #expect(HealthText.summary(whole) == "data: whole\n")
        let one = health {
            $0.badRegionCount = 1
            $0.badLineCount = 1
            $0.missingFrames = 1
            $0.conflictingFrames = 1
            $0.droppedEvents = 1
        }
        #expect(
            HealthText.summary(one)
                == "data: 1 bad region, 1 bad line, 1 missing frame, 1 conflicting frame,"
                + " 1 event dropped by its writer\n")
        let many = health {
            $0.badLineCount = 3
            $0.droppedEvents = 2
            $0.uncheckedFrames = 4
            $0.duplicateFrames = 5
            $0.newerFrames = 6
            $0.pendingBytes = 7
            $0.ignoredFiles = ["a", "b"]
        }
        #expect(
            HealthText.summary(many)
                == "data: 3 bad lines, 2 events dropped by their writers\n"
                + "note: 4 frames without checksum, 5 repeated frames counted once,"
                + " 6 frames need a newer tracker, 7 bytes of incomplete frames,"
                + " 2 other files ignored\n"
        )
        let damaged = health {
            $0.badRegionCount = 5
            $0.badRegions = (0..<5).map {
                BadRegion(file: "f", offset: 10 * $0, length: 4, reason: .tooLarge)
            }
        }
        #expect(
            HealthText.summary(damaged)
                == "data: 5 bad regions\n  f: offset 0, length 4: too-large\n"
                + "  f: offset 10, length 4: too-large\n  f: offset 20, length 4: too-large\n"
                + "  `tracker verify` lists all\n")
        for (change, isWhole) in [
            (health { $0.pendingBytes = 1 }, true), (health { $0.newerFrames = 1 }, true),
            (health { $0.missingFrames = 2 }, false),
        ] {
            #expect(HealthText.summary(change).hasPrefix("data: whole\n") == isWhole)
            #expect(change.isWhole == isWhole)
        }
    }
}
