import Testing
import TrackerImport
import TrackerLog

/// What a CI job, a container, a mail or a page puts around each line of a report.
struct Wrapping: Sendable, CustomTestStringConvertible {
    var name: String
    /// In the loss report.
    var says: String
    var wrap: @Sendable (String) -> String

    var testDescription: String { name }

    private static func each(_ text: String, _ wrap: (Int, Substring) -> String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let isEnded = lines.last?.isEmpty == true
        if isEnded { lines.removeLast() }
        return lines.enumerated().map(wrap).joined(separator: "\n") + (isEnded ? "\n" : "")
    }

    private static func prefix(_ prefix: String, _ says: String) -> Wrapping {
        Wrapping(name: "\"\(prefix)\"", says: says) { text in each(text) { "\(prefix)\($1)" } }
    }

    private static func second(_ line: Int) -> String {
        let second = line % 60
        return second < 10 ? "0\(second)" : "\(second)"
    }

    static let all = [
        Wrapping(name: "GitHub Actions", says: "(a time)") { text in
            each(text) { "2026-05-01T12:00:\(second($0)).1234567Z \($1)" }
        },
        Wrapping(name: "GitHub Actions, saved by gh", says: "test\tRun hey, a time") { text in
            each(text) { "test\tRun hey\t2026-05-01T12:00:\(second($0)).1234567Z \($1)" }
        },
        Wrapping(name: "GitLab", says: "(a time)") { text in
            each(text) { "2026-05-01T12:00:\(second($0)).123456Z 01O \($1)" }
        },
        Wrapping(name: "Jenkins", says: "(a time)") { text in
            each(text) { "[2026-05-01T12:00:\(second($0)).123Z] \($1)" }
        },
        Wrapping(name: "journald", says: "time, host and program") { text in
            each(text) { "May  1 12:00:\(second($0)) box-1 bench[12]: \($1)" }
        },
        Wrapping(name: "Kubernetes", says: "a time, the stream") { text in
            each(text) { "2026-05-01T12:00:\(second($0)).123456789Z stdout F \($1)" }
        },
        prefix("# ", "(#)"), prefix("// ", "(//)"), prefix("> ", "(>)"),
        prefix("[stdout] ", "([stdout])"), prefix("bench-1  | ", "(bench-1  |)"),
        prefix("\u{1B}[36mbench_1  |\u{1B}[0m ", "codes of colours"),
        prefix("> > ", "(>, >)"), prefix("+", "(+)"), prefix("out/a.txt:", "(out/a.txt:)"),
        Wrapping(name: "a quotation in a comment of a log", says: "(a time, #)") { text in
            each(text) { "2026-05-01 12:00:\(second($0)),123 # \($1)" }
        },
        // Readers of reports pass them over themselves.
        Wrapping(name: "colours", says: "Req/Sec") { text in
            each(text) { "\u{1B}[32m\($1)\u{1B}[0m" }
        },
        Wrapping(name: "Markdown", says: "fences") { text in
            "# Results\n\nOf today:\n\n```text\n\(text)\n```\n\nThat is all.\n"
        },
        Wrapping(name: "Markdown in a mail", says: "(>)") { text in
            each("Of today:\n\n```\n\(text)\n```\n") { "> \($1)" }
        },
    ]
}

@Suite("Import: reports out of logs, mails and pages")
struct WrappingTests {
    /// What a binary file and a table in a file of another kind have no lines for.
    private static let texts = ImportFixture.all.filter { fixture in
        fixture.text.contains("\n") && !fixture.text.contains("\u{0}")
    }

    /// The events without what the loss report says of the wrapping, and of places.
    private static func lines(_ imported: Imported) -> [String] {
        imported.lines.map { line in
            line.replacing(/"import_left_out":"[^"]*",/, with: "")
                .replacing(/offset \d+/, with: "offset").replacing(/line \d+/, with: "line")
        }
    }

    @Test(arguments: Wrapping.all)
    func fixtures(_ wrapping: Wrapping) {
        // Nothing colours a log of Gatling.
        for fixture in Self.texts
        where wrapping.name != "colours" || fixture.format != "Gatling log" {
            let imported = Imported(wrapping.wrap(fixture.text))
            let isSame = Self.lines(imported) == Self.lines(Imported(fixture.text))
            #expect(isSame, "\(fixture.name): \(imported.error.map { "\($0)" } ?? "differs")")
        }
    }

    @Test("the loss report says what was removed", arguments: Wrapping.all)
    func said(_ wrapping: Wrapping) {
        let report =
            "Running 2s test @ http://a/\n  1 threads and 2 connections\n"
            + "  20 requests in 2.00s, 1.50KB read\nRequests/sec:     10.00\n"
            + "Transfer/sec:      0.75KB\n"
        let imported = Imported(wrapping.wrap(report))
        #expect(imported.reported("total_requests") == 20)
        let left = imported.param("import_left_out") ?? ""
        #expect(left.contains(wrapping.says), "\(left)")
        #expect(Imported(Array(wrapping.wrap(report).utf8), pieces: [5]).lines == imported.lines)
    }

    @Test("a report between the lines of other programs, and after a long note")
    func between() {
        let report =
            "Summary:\n  Total:\t2.0000 secs\n  Slowest:\t0.0100 secs\n"
            + "  Fastest:\t0.0010 secs\n  Average:\t0.0020 secs\n  Requests/sec:\t10.0\n"
        let log = report.split(separator: "\n").enumerated().map { index, line in
            index == 2 ? "bench-1  | \(line)\nweb-1    | GET /" : "bench-1  | \(line)"
        }
        let imported = Imported(
            "Attaching to bench-1, web-1\n" + log.joined(separator: "\n") + "\n")
        #expect(imported.format == "hey text")
        #expect(imported.reported("max_ms") == 10)
    }

    @Test("a link and the title of a window in a terminal are no text")
    func links() {
        let text = "\u{1B}]0;bench\u{07}a\u{1B}]8;;http://b/\u{1B}\\c\u{1B}[0m"
        #expect(TerminalCodes.removed(from: text) == "ac")
    }
}
