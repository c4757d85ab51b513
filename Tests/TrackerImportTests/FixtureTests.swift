import Testing
import TrackerImport
import TrackerLog
import TrackerTestSupport

@Suite("Import: each format's files become these events")
struct FixtureTests {
    @Test(arguments: ImportFixture.all)
    func golden(_ fixture: ImportFixture) {
        let imported = Imported(fixture.text)
        #expect(imported.error == nil)
        #expect(imported.format == fixture.format)
        let isSame = imported.lines == fixture.lines
        #expect(isSame, "what came is printed below")
        if !isSame {
            print("--- \(fixture.name)\n\(imported.lines.joined(separator: "\n"))\n---")
        }
    }

    @Test("any split of the bytes gives the same events", arguments: ImportFixture.all)
    func splits(_ fixture: ImportFixture) {
        let whole = Imported(fixture.text)
        #expect(Imported(fixture.bytes, pieces: [1]).lines == whole.lines)
        for seed in UInt64(1)...8 {
            var generator = SeededGenerator(seed: seed)
            let pieces = (0..<20).map { _ in Int.random(in: 1...200, using: &generator) }
            let split = Imported(fixture.bytes, pieces: pieces)
            #expect(split.lines == whole.lines, "seed \(seed)")
            #expect(split.losses == whole.losses, "seed \(seed)")
        }
    }

    @Test(
        "line ends of Windows, twice over, of an old Mac, and a byte order mark change nothing",
        arguments: ImportFixture.all)
    func lineEnds(_ fixture: ImportFixture) {
        // Places are other ones, of course.
        func lines(_ imported: Imported) -> [String] {
            imported.lines.map { $0.replacing(/offset \d+/, with: "offset") }
        }
        let whole = lines(Imported(fixture.text))
        for end in ["\r\n", "\r\r\n", "\r"] {
            let text = fixture.text.replacing("\r\n", with: "\n").replacing("\n", with: end)
            #expect(lines(Imported(text)) == whole)
        }
        #expect(lines(Imported([0xEF, 0xBB, 0xBF] + fixture.bytes)) == whole)
    }

    @Test(
        "a file that is cut anywhere is read as far as it goes, or refused",
        arguments: ImportFixture.all)
    func cuts(_ fixture: ImportFixture) {
        let whole = Imported(fixture.text)
        for count in stride(from: 0, to: fixture.bytes.count, by: 7) {
            let cut = Imported(Array(fixture.bytes.prefix(count)))
            // No event of a request may be made of a part of its line, but for the last one.
            let known = Set(whole.samples.map(\.value))
            let made = cut.samples.dropLast().filter { !known.contains($0.value) }
            #expect(made.isEmpty, "cut after \(count) bytes")
            for run in cut.finished { #expect(run.timestamp.milliseconds.isFinite) }
        }
    }

    @Test("damage of any byte ends nothing", arguments: ImportFixture.all)
    func damage(_ fixture: ImportFixture) {
        for seed in UInt64(1)...40 {
            var generator = SeededGenerator(seed: seed)
            var bytes = fixture.bytes
            for _ in 0..<3 {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            }
            let damaged = Imported(bytes)
            #expect(damaged.lines.allSatisfy { $0.hasPrefix("{\"ts\":") }, "seed \(seed)")
        }
    }
}
