import Testing
import TrackerLog
import TrackerTestSupport

/// Checks `docs/FORMAT.md` against the code: what it quotes is in the code, and nothing is missing.
@Suite("The page docs/FORMAT.md")
struct FormatPageTests {
    private let page: FormatPage

    init() throws { page = try FormatPage() }

    @Test(
        "every limit is in the table, with its value",
        arguments: [
            ("LogLimits", "Sources/TrackerLog/LogLimits.swift"),
            ("IndexLimits", "Sources/TrackerIndexer/IndexLimits.swift"),
        ])
    func limits(owner: String, file: String) throws {
        let constants = try SourceConstants(text: repositoryText(file)).values
        #expect(constants.count > 10)
        let quoted = page.rows.filter { $0[0].hasPrefix("`\(owner).") }
        for (name, value) in constants.sorted(by: { $0.key < $1.key }) {
            let row = quoted.first { $0[0] == "`\(owner).\(name)`" }
            #expect(row.map { number($0[1]) } == value, "\(owner).\(name) is \(value)")
        }
        #expect(quoted.count == constants.count, "the page names a limit that is not there")
    }

    @Test("the constants read from the source are those that the compiler sees")
    func constants() throws {
        let values = try SourceConstants(text: repositoryText("Sources/TrackerLog/LogLimits.swift"))
            .values
        let seen: [String: Int] = [
            "maxFrameBytes": LogLimits.maxFrameBytes, "maxLabels": LogLimits.maxLabels,
            "maxFrameContentBytes": LogLimits.maxFrameContentBytes,
            "rotateAfterSeconds": LogLimits.rotateAfterSeconds,
            "resynchroniseBudgetCandidates": LogLimits.resynchroniseBudgetCandidates,
        ]
        for (name, value) in seen { #expect(values[name] == Double(value), "\(name)") }
    }

    @Test("limits named in the text are those of the code")
    func limitsInWords() {
        #expect(LogLimits.maxFrameBytes == 4 << 20)
        #expect(page.text.contains("at most 4 MiB compressed and 16 MiB decompressed"))
        #expect(LogLimits.maxFrameContentBytes == 16 << 20)
        #expect(LogLimits.maxWindowBytes == 8 << 20)
        #expect(LogLimits.maxDirectoryNameBytes == 200)
        #expect(LogLimits.rotateAfterBytes == 64 << 20)
        #expect(LogLimits.closedAfterSeconds == 600)
    }

    @Test("every reason of a bad region is in the table, and no other")
    func regions() {
        let reasons = BadRegion.Reason.allCases.map { "`\($0.rawValue)`" }
        #expect(page.table(headed: "reason of a bad region").map { $0[0] } == reasons)
    }

    @Test("every reason of a bad line is in the table, and no other")
    func lines() {
        let reasons = LineError.allCases.map { "`\($0.rawValue)`" }
        #expect(page.table(headed: "reason of a bad line").map { $0[0] } == reasons)
    }

    @Test("the sample lines are events of every kind")
    func sampleLines() throws {
        let lines = page.block("json lines")
        var kinds: Set<String> = []
        for line in lines {
            switch try EventParser.parse(Array(line.utf8)) {
            case .sample: kinds.insert("sample")
            case .distribution: kinds.insert("distribution")
            case .session: kinds.insert("session")
            case .runStarted: kinds.insert("run_started")
            case .runFinished: kinds.insert("run_finished")
            case .edit(let edit): kinds.insert(edit.kind.rawValue)
            }
        }
        let expected = ["sample", "distribution", "session", "run_started", "run_finished"]
        #expect(kinds.isSuperset(of: expected + ["note", "tag", "rename", "left_out", "undo"]))
    }

    @Test("the sample header is what a writer writes, and covers the lines after it")
    func header() throws {
        let line = try #require(page.block("json header").first)
        let value = try JSONValue(parsing: Array(line.utf8))
        let header = FrameHeader(
            session: value["session"]?.stringValue ?? "",
            identity: FrameIdentity(
                writer: value["writer"]?.stringValue ?? "", seq: value["seq"]?.intValue ?? -1),
            events: value["events"]?.intValue ?? -1, atMs: value["at"]?.intValue)
        var written: [UInt8] = []
        header.write(to: &written)
        #expect(String(decoding: written, as: UTF8.self) == line + "\n")
        #expect(value["frame"]?.intValue == FrameHeader.currentFormat)
    }

    @Test("the sample header of thinned lines is what a size cap writes")
    func thinned() throws {
        let line = try #require(page.block("json thinned").first)
        var header = FrameHeader(
            session: "s1", identity: FrameIdentity(writer: "9f3c77aa01b2c3d4", seq: 12), events: 3,
            atMs: 1_763_899_200_000)
        header.thinned = ThinnedLines(hash: 0x5a01_d49f, events: 100)
        var written: [UInt8] = []
        header.write(to: &written)
        #expect(String(decoding: written, as: UTF8.self) == line + "\n")
    }

    @Test("the sample claim is what a compaction writes, and is read back")
    func claim() throws {
        let line = try #require(page.block("json claim").first)
        var header = FrameHeader(
            session: "s1", identity: FrameIdentity(writer: "c0ac7e4b9d02f1a8", seq: 0), events: 0)
        let prefixes = [
            CompactionClaim.Prefix(length: 16, hash: 0x9f3c_77aa_01b2_c3d4),
            CompactionClaim.Prefix(length: 32, hash: 0x00c3_d49f_3c77_aa01),
            CompactionClaim.Prefix(length: 51, hash: 0x5a01_d49f_3c77_aa01),
        ]
        let replaced = CompactionClaim.Replaced(
            file: "shared.000001.jsonl", hasBareLines: true, prefixes: prefixes)
        header.claim = CompactionClaim(restBytes: 1_842, replaced: [replaced])
        var written: [UInt8] = []
        header.write(to: &written)
        #expect(String(decoding: written, as: UTF8.self) == line + "\n")
        let frame = SegmentBuilder.frame(written)
        let storage = MemoryStorage()
        let name = SegmentName(writer: header.identity.writer, number: 1)
        try storage.place(StoragePath(name.fileName), frame + frame)
        let file = try storage.openForReading(StoragePath(name.fileName))
        let read = try SegmentReader().claim(of: file, name: name, size: 2 * frame.count)
        #expect(read?.claim == header.claim)
        #expect(read?.frameLength == frame.count)
        #expect(page.text.contains("begins with `\(SegmentName.compactedPrefix)`"))
        #expect(CompactionClaim.prefixLengths(of: 51) == [16, 32, 51])
        #expect(CompactionClaim.prefixLengths(of: 16) == [16])
        #expect(CompactionClaim.prefixLengths(of: 7) == [7])
    }

    @Test("the buckets are those of the rule")
    func buckets() throws {
        let rows = page.table(headed: "value").filter { $0.count == 2 }
        #expect(rows.count >= 5)
        for row in rows {
            let value = try #require(Double(row[0]))
            #expect(Int32(row[1]) == Bucket.index(of: value), "\(value)")
        }
    }

    @Test("the endings are those that are read")
    func endings() throws {
        for encoding in SegmentName.Encoding.allCases {
            #expect(page.text.contains("`\(encoding.rawValue)`"))
        }
        for kind in Edit.Kind.allCases { #expect(page.text.contains("`\(kind.rawValue)`")) }
    }

    private func number(_ cell: String) -> Double? {
        Double(cell.replacing(",", with: ""))
    }
}

/// The page as text, tables and blocks.
private struct FormatPage {
    let text: String
    /// All rows of all tables, cells trimmed.
    let rows: [[String]]

    init() throws {
        text = try repositoryText("docs/FORMAT.md")
        rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }.map(Self.cells)
    }

    private static func cells(_ line: Substring) -> [String] {
        line.split(separator: "|", omittingEmptySubsequences: true).map { cell in
            var cell = cell
            while cell.first == " " { cell.removeFirst() }
            while cell.last == " " { cell.removeLast() }
            return String(cell)
        }
    }

    /// The rows below the heading and its rule, up to the end of the table.
    func table(headed heading: String) -> [[String]] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("| \(heading) |") }) else {
            return []
        }
        return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map(Self.cells)
    }

    /// The lines of the fenced block with this info string.
    func block(_ name: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(of: "```\(name)") else { return [] }
        return lines[(start + 1)...].prefix { $0 != "```" }.map(String.init)
    }
}

/// The `public` and `package` constants of a Swift file: products and shifts of numbers.
private struct SourceConstants {
    var values: [String: Double] = [:]

    struct Unreadable: Error {
        var line: String
    }

    init(text: String) throws {
        for line in text.split(separator: "\n") {
            guard let match = line.firstMatch(of: /(?:public|package) static let (\w+) = (.+)$/)
            else {
                continue
            }
            guard let value = Self.value(match.2) else { throw Unreadable(line: String(line)) }
            values[String(match.1)] = value
        }
    }

    private static func value(_ expression: Substring) -> Double? {
        let text = String(expression).replacing("_", with: "")
        if let shift = text.wholeMatch(of: /(\d+) << (\d+)/) {
            guard let base = Double(shift.1), let by = Int(shift.2) else { return nil }
            return base * Double(1 << by)
        }
        var product = 1.0
        for factor in text.replacing(" ", with: "").split(separator: "*") {
            guard let number = Double(factor) else { return nil }
            product *= number
        }
        return product
    }
}
