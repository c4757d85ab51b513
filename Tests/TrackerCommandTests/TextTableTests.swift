import Testing
import TrackerLog
import TrackerTestSupport

@testable import tracker

@Suite("Tables on a terminal")
struct TextTableTests {
    private func table(_ rows: [[String]]) -> [String] {
        var table = TextTable([("NAME", .left), ("N", .right), ("NOTE", .left)])
        for row in rows { table.add(row) }
        return withWidth(nil) {
            table.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
    }

    private func withWidth<Value>(_ width: Int?, _ body: () -> Value) -> Value {
        Console.$current.withValue(Console(width: { width }), operation: body)
    }

    @Test("Columns are as wide as their widest cell")
    func widths() {
        #expect(
            table([["a", "1", "x"], ["long name", "12345", ""]]) == [
                "NAME           N  NOTE", "a              1  x", "long name  12345", "",
            ])
        #expect(table([]) == ["NAME  N  NOTE", ""])
    }

    @Test(
        "Wide letters take two columns, marks none",
        arguments: [
            ("", 0), ("abc", 3), ("größe", 5), ("e\u{301}", 1), ("测试", 4), ("カタカナ", 8),
            ("ｶﾀｶﾅ", 4), ("한글", 4), ("Ａ", 2), ("🚀", 2), ("👩‍🚀", 2), ("☎\u{FE0F}", 2), ("☎", 1),
            ("→ µs – ✓", 8), ("🇩🇪", 2), ("a测b", 4), ("\u{3000}", 2), ("می\u{200C}خ", 3),
            ("\u{301}", 0), ("a\u{301}\u{323}", 1), ("กำ", 2), ("1\u{FE0F}\u{20E3}", 2),
            ("\u{1112}\u{1161}\u{11AB}", 2), ("〈", 2),
        ])
    func terminalWidths(text: String, width: Int) {
        #expect(terminalWidth(text) == width)
    }

    @Test("What stands behind a wide cell begins in the same column")
    func wideCells() {
        let lines = table([["测试", "1", "x"], ["abcd", "22", "y"], ["🚀", "3", "z"]])
        let starts = lines.dropLast().dropFirst().map { line in
            terminalWidth(
                String(line.prefix(upTo: line.lastIndex { "xyz".contains($0) } ?? line.startIndex)))
        }
        #expect(Set(starts) == [10])
    }

    @Test(
        "A cell is one line and acts on nothing",
        arguments: ["a\nb", "\u{1B}[31m", "\u{202E}abc", "\u{200B}", "\r", "a\u{9B}b", "\t"])
    func hostile(text: String) {
        let lines = table([[text, "1", text]])
        #expect(lines.count == 3)
        #expect(lines[1].unicodeScalars.allSatisfy { !VisibleText.isHidden($0) })
        #expect(lines[1].hasPrefix(VisibleText.escaped(text) + "  "))
        #expect(lines[1].hasSuffix("  " + VisibleText.escaped(text)))
    }

    @Test(
        "Any cells: each row has one line, no line ends with a space",
        arguments: [1, 2, 3] as [UInt64])
    func anyCells(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let letters = Array("ab 测🚀é\n\u{1B}\u{200B}→ ")
        func cell() -> String {
            String(
                (0..<Int(generator.next() % 9)).map { _ in
                    letters[Int(generator.next() % UInt64(letters.count))]
                })
        }
        for _ in 0..<200 {
            let rows = (0..<Int(generator.next() % 6)).map { _ in [cell(), cell(), cell()] }
            let lines = table(rows)
            #expect(lines.count == rows.count + 2, "seed \(seed)")
            #expect(lines.last == "")
            for line in lines {
                #expect(line.last != " ", "seed \(seed)")
                #expect(line.unicodeScalars.allSatisfy { !VisibleText.isHidden($0) })
            }
            // The second column ends in the same place in each row that has a third.
            let widths = (0..<2).map { column in
                max(
                    ["NAME", "N"][column].count,
                    rows.map { terminalWidth(printable($0[column])) }.max() ?? 0)
            }
            for (line, row) in zip(lines.dropFirst(), rows) {
                let third = printable(row[2])
                guard third.contains(where: { $0 != " " }) else { continue }
                var trimmed = third
                while trimmed.last == " " { trimmed.removeLast() }
                #expect(
                    terminalWidth(line) == widths[0] + widths[1] + 4 + terminalWidth(trimmed),
                    "seed \(seed): \(line)")
            }
        }
    }

    @Test("Where it is narrow, what matters least goes first, then long texts are cut")
    func narrow() {
        var table = TextTable([
            .init("ID", .left), .init("NAME", .left, overflow: .cut(to: 6)),
            .init("A", .right, rank: 2), .init("B", .right, rank: 1), .init("C", .right),
        ])
        table.add(["ann/20261123", "a name of some length", "11111", "22222", "33333"])
        func lines(_ width: Int?) -> [String] {
            withWidth(width) { table.textWithNote.split(separator: "\n").map(String.init) }
        }
        let row = "ann/20261123  a name of some length  11111  22222  33333"
        #expect(lines(nil).last == row && lines(row.count).last == row)
        #expect(
            lines(50).dropFirst() == [
                "ann/20261123  a name of some…  11111  22222  33333",
                "Long texts are cut: --wide shows them.",
            ])
        #expect(
            lines(40).dropFirst() == [
                "ann/20261123  a name of s…  22222  33333",
                "Not shown: A. --wide or --json shows", "all.",
            ])
        // What cannot be less is shown, however narrow it is.
        #expect(lines(10)[1] == "ann/20261123  a nam…  33333")
    }

    @Test("A long last column goes on in the next line, under itself")
    func wrapped() {
        var table = TextTable([.init("N", .right), .init("WHY", .left, overflow: .wrap(to: 10))])
        table.add(["1", "inconclusive: about 3 more runs of each"])
        table.add(["22", "better"])
        #expect(
            withWidth(24) { table.text }
                == " N  WHY\n 1  inconclusive: about\n    3 more runs of each\n22  better\n")
    }

    @Test(
        "Any table fits where it can, and shows each number and id whole",
        arguments: [4, 5, 6] as [UInt64])
    func anyWidth(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let letters = Array("abcdef 测试🚀é\u{301} ")
        func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        func cell(_ most: Int) -> String {
            String((0..<pick(0...most)).map { _ in letters[pick(0...letters.count - 1)] })
        }
        for round in 0..<300 {
            let columns = (0..<pick(1...7)).map { index -> TextTable.Column in
                let smallest = pick(2...9)
                let overflow: TextTable.Column.Overflow =
                    [.whole, .cut(to: smallest), .wrap(to: smallest)][pick(0...2)]
                return .init(
                    "H\(index)", pick(0...1) == 0 ? .left : .right, rank: pick(0...3),
                    overflow: overflow)
            }
            let rows = (0..<pick(0...5)).map { _ in columns.map { _ in cell(30) } }
            var table = TextTable(columns)
            for row in rows { table.add(row) }
            let width = pick(10...120)
            let text = withWidth(width) { table.text }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            // What always stays: columns of rank 0, as narrow as they can be.
            let stays = columns.enumerated().filter { $0.element.rank == 0 }
            let least = stays.reduce(2 * (stays.count - 1)) { sum, column in
                let cells = [column.element.heading] + rows.map { $0[column.offset] }
                let natural = cells.map { terminalWidth($0) }.max() ?? 0
                return sum + min(natural, max(2, column.element.overflow.smallest ?? natural))
            }
            for line in lines {
                #expect(
                    terminalWidth(String(line)) <= max(width, least),
                    "seed \(seed), round \(round), \(width): \(line)")
                #expect(line.last != " ")
            }
            for (at, column) in stays where column.overflow.smallest == nil {
                for row in rows where !row[at].allSatisfy({ $0 == " " }) {
                    let trimmed = row[at].drop { $0 == " " }
                    #expect(text.contains(trimmed.prefix { $0 != " " }), "seed \(seed)")
                }
            }
        }
    }

    @Test("Lines are broken at spaces, and within a word that is longer than a line")
    func brokenLines() {
        #expect(TerminalText.lines("one two three", 7) == ["one two", "three"])
        #expect(TerminalText.lines("one", 7) == ["one"])
        #expect(TerminalText.lines("", 7) == [""])
        #expect(TerminalText.lines("a longerword b", 4) == ["a", "long", "erwo", "rd b"])
        #expect(TerminalText.lines("测试测试", 5) == ["测试", "测试"])
        #expect(TerminalText.lines("测试", 1) == ["测", "试"])
        #expect(TerminalText.cut("测试测试", to: 6) == "测试…")
        #expect(TerminalText.cut("abc", to: 3) == "abc")
        #expect(TerminalText.cut("abcd", to: 3) == "ab…")
    }

    @Test("A row of cells is read back")
    func cells() {
        #expect("a b   12  c".cells == ["a b", "12", "c"])
        #expect("  METRIC  LABELS".cells == ["METRIC", "LABELS"])
        #expect("".cells == [])
    }
}
