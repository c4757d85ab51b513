import Testing
import TrackerImport
import TrackerLog

@Suite("Import: what is cut or damaged is never another number")
struct CutAndDamageTests {
    /// All numbers that runs report, each with its name, also those within objects. The names of
    /// errors may be cut.
    private static func reported(_ imported: Imported) -> [(String, Double)] {
        func numbers(_ value: JSONValue, _ path: String) -> [(String, Double)] {
            switch value {
            case .number: value.doubleValue.map { [(path, $0)] } ?? []
            case .object(let members):
                members.filter { $0.key != "outcomes" }
                    .flatMap { numbers($0.value, "\(path)/\($0.key)") }
            default: []
            }
        }
        return imported.finished.flatMap { numbers($0.summary, "") }
    }

    /// Where nothing tells a number of fewer digits from a whole one: the last cell of a table. And
    /// a timed test of h2load, of which the requests that were done stand behind those begun.
    private static let tables: Set = [
        "Locust failures", "Locust exceptions", "Locust distribution", "ab -e", "h2load text",
    ]

    @Test("a cut at each sixteenth", arguments: ImportFixture.all)
    func cuts(_ fixture: ImportFixture) {
        let whole = Imported(fixture.text)
        let bytes = fixture.bytes
        for part in 1..<16 {
            let cut = Array(bytes.prefix(bytes.count * part / 16))
            let damaged = Imported(cut)
            #expect(damaged.samples.count <= whole.samples.count, "\(part)/16")
            guard cut.last != 0x0A, bytes[cut.count] != 0x0A else { continue }
            expectTold(damaged, cut, bytes, "\(part)/16")
            // What is counted of samples is less, of course.
            guard whole.samples.isEmpty, whole.distributions.isEmpty,
                !Self.tables.contains(fixture.format)
            else { continue }
            let known = Self.reported(whole)
            let other = Self.reported(damaged).filter { found in
                // A share may be that of the counts, or as the tool rounds it.
                !known.contains { $0.0 == found.0 && abs($0.1 - found.1) <= 1e-3 * abs($0.1) }
            }
            let isTold = damaged.losses.count > 0 || damaged.error != nil
            #expect(other.isEmpty, "\(part)/16: \(other), \(isTold ? "told" : "silent")")
        }
    }

    /// Where the line that is cut has values, and fewer are left, the place of it is named.
    private func expectTold(
        _ damaged: Imported, _ cut: [UInt8], _ bytes: [UInt8], _ what: String
    ) {
        func values(_ imported: Imported) -> Int {
            imported.samples.count + imported.distributions.count
        }
        let start = cut.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let end = bytes[cut.count...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
        let with = values(Imported(Array(bytes.prefix(end))))
        let before = Imported(Array(bytes.prefix(start)))
        guard with > values(before), values(damaged) < with, start > 0 else { return }
        #expect(
            damaged.error != nil || damaged.losses != before.losses,
            "\(what): \(with) values became \(values(damaged)), and nothing says it")
    }

    @Test("a line that is missing, or of other signs", arguments: ImportFixture.all)
    func lines(_ fixture: ImportFixture) {
        let lines = fixture.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 2, !fixture.text.contains("\u{0}") else { return }
        // A line of types says which rows are one histogram.
        guard fixture.format != "Prometheus text" else { return }
        let whole = Imported(fixture.text)
        for index in lines.indices {
            for line in [nil, String(lines[index].reversed())] {
                var other = lines.map(String.init)
                other.replaceSubrange(index...index, with: line.map { [$0] } ?? [])
                let damaged = Imported(other.joined(separator: "\n"))
                #expect(damaged.samples.count <= whole.samples.count, "line \(index + 1)")
                #expect(damaged.error == nil || damaged.events.isEmpty, "line \(index + 1)")
            }
        }
    }

    private static func lines(_ imported: Imported) -> [String] {
        imported.lines.map { $0.replacing(/offset \d+/, with: "offset") }
    }

    @Test("UTF-16 of both orders is the same file", arguments: ImportFixture.all)
    func wide(_ fixture: ImportFixture) {
        guard !fixture.text.contains("\u{0}"), !fixture.text.contains("\u{FFFD}") else { return }
        let whole = Imported(fixture.text)
        for isLittle in [true, false] {
            let units = [0xFEFF] + Array(fixture.text.utf16)
            let bytes = units.flatMap { unit in
                let pair = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
                return isLittle ? pair : pair.reversed()
            }
            let wide = Imported(bytes)
            // Places are other ones: the mark of the order counts.
            #expect(Self.lines(wide) == Self.lines(whole))
            #expect(wide.losses.count == whole.losses.count)
        }
    }
}
