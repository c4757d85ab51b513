import Testing
import TrackerPages

@Suite("HTML writer") struct ViewHTMLWriterTests {
    private func written(_ text: String) -> String {
        var writer = HTMLWriter()
        writer.text(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(
        "text is shown, and never acts",
        arguments: [
            ("plain, 12.5 ms", "plain, 12.5 ms"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onload='x' &", "&quot; onload=&#39;x&#39; &amp;"),
            ("größer – 测试 🚀", "größer – 测试 🚀"),
            ("👩‍🚀", "👩‍🚀"),
            ("line\nnext\tcell", "line\nnext\tcell"),
            ("a\u{202E}b", "a⟨U+202E⟩b"),
            ("a\u{2066}b\u{2069}", "a⟨U+2066⟩b⟨U+2069⟩"),
            ("a\u{2028}b", "a⟨U+2028⟩b"),
            ("\u{1B}]0;title\u{07}", "␛]0;title␇"),
            ("nul\u{0}del\u{7F}", "nul␀del␡"),
            ("\u{9B}31m", "⟨U+009B⟩31m"),
            ("\u{FEFF}bom", "⟨U+FEFF⟩bom"),
            ("tag\u{E0041}", "tag⟨U+E0041⟩"),
            ("\r", "␍"),
        ])
    func escapes(text: String, expected: String) {
        #expect(written(text) == expected)
    }

    @Test("an attribute cannot be left")
    func attribute() {
        var writer = HTMLWriter()
        writer.attribute("title", "\"><img src=x onerror=alert(1)>")
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == " title=\"&quot;&gt;&lt;img src=x onerror=alert(1)&gt;\"")
    }

    @Test(
        "decimals are ASCII with at most two digits",
        arguments: [
            (0, "0"), (12, "12"), (12.5, "12.5"), (12.05, "12.05"), (-3.25, "-3.25"),
            (0.004, "0"), (-0.004, "0"), (99.999, "100"), (.nan, "0"), (.infinity, "0"),
            (1e300, "1000000000"),
        ] as [(Double, String)])
    func decimals(value: Double, expected: String) {
        var writer = HTMLWriter()
        writer.decimal(value)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test("a megabyte of emoji goes through")
    func big() {
        let text = String(repeating: "🔥", count: 250_000)
        #expect(written(text).utf8.count == 1_000_000)
    }
}
