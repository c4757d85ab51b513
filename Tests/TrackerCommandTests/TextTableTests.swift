import Testing
import TrackerLog
import TrackerTestSupport

@testable import tracker

@Suite("Tables on a terminal")
struct TextTableTests {
    private func table(_ rows: [[String]]) -> [String] {
        var table = TextTable([("NAME", .left), ("N", .right), ("NOTE", .left)])
        for row in rows { table.add(row) }
        return table.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
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

    @Test("A row of cells is read back")
    func cells() {
        #expect("a b   12  c".cells == ["a b", "12", "c"])
        #expect("  METRIC  LABELS".cells == ["METRIC", "LABELS"])
        #expect("".cells == [])
    }
}
