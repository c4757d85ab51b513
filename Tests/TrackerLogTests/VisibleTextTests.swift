import Testing
import TrackerLog

@Suite("Characters that must be made visible")
struct VisibleTextTests {
    @Test(
        "What is shown on a terminal",
        arguments: [
            ("plain, 12.5 ms", "plain, 12.5 ms"),
            ("größer – 测试 🚀", "größer – 测试 🚀"),
            ("nul\u{0} bell\u{7} del\u{7F}", "nul\\u{0} bell\\u{7} del\\u{7f}"),
            ("two\nlines\r\tand a tab", "two\\u{a}lines\\u{d}\\u{9}and a tab"),
            ("\u{1B}[31mred\u{1B}]0;title\u{7}", "\\u{1b}[31mred\\u{1b}]0;title\\u{7}"),
            ("\u{9B}31m\u{9D}0;title\u{9C}", "\\u{9b}31m\\u{9d}0;title\\u{9c}"),
            ("pass\u{AD}word", "pass\\u{ad}word"),
            ("a\u{61C}b\u{200E}c\u{200F}d", "a\\u{61c}b\\u{200e}c\\u{200f}d"),
            ("a\u{202A}b\u{202E}c\u{2066}d\u{2069}", "a\\u{202a}b\\u{202e}c\\u{2066}d\\u{2069}"),
            ("no\u{200B}width\u{2060}\u{FEFF}", "no\\u{200b}width\\u{2060}\\u{feff}"),
            ("lines\u{2028}and\u{2029}", "lines\\u{2028}and\\u{2029}"),
            ("\u{206A}\u{206F}\u{FFF9}\u{FFFB}", "\\u{206a}\\u{206f}\\u{fff9}\\u{fffb}"),
            ("tag\u{E0001}\u{E0041}\u{E007F}", "tag\\u{e0001}\\u{e0041}\\u{e007f}"),
            ("hidden\u{E0100}bytes\u{E01EF}", "hidden\\u{e0100}bytes\\u{e01ef}"),
            ("filler\u{3164}\u{115F}", "filler\\u{3164}\\u{115f}"),
            // Stay: an emoji of several, a keycap, a family name in Persian, a variant.
            ("👩‍🚀", "👩‍🚀"), ("1\u{FE0F}\u{20E3}", "1\u{FE0F}\u{20E3}"),
            ("می\u{200C}خواهم", "می\u{200C}خواهم"), ("☎\u{FE0E}", "☎\u{FE0E}"),
            // Drawn format characters: the Arabic number sign, the Syriac abbreviation mark.
            ("\u{600}١٢", "\u{600}١٢"), ("\u{70F}ܐ", "\u{70F}ܐ"),
            // Spaces have a width.
            ("a\u{A0}b\u{3000}c\u{2003}d", "a\u{A0}b\u{3000}c\u{2003}d"),
            ("", ""), ("\u{1B}", "\\u{1b}"),
        ])
    func terminal(text: String, shown: String) {
        #expect(VisibleText.escaped(text) == shown)
    }

    @Test(
        "Noncharacters of any plane",
        arguments: [0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF])
    func noncharacters(code: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(code))
        #expect(VisibleText.escaped("a\(scalar)b") == "a\\u{\(String(code, radix: 16))}b")
    }

    @Test("Ends of lines stay where the text has lines, and nothing else does")
    func lines() {
        #expect(
            VisibleText.escaped("a\u{1B}\n\nb\r\n", keepsLines: true) == "a\\u{1b}\n\nb\\u{d}\n")
    }

    /// Every character there is: a million.
    private static var everyScalar: some Sequence<Unicode.Scalar> {
        (0...0x10FFFF as ClosedRange<UInt32>).lazy.compactMap(Unicode.Scalar.init)
    }

    /// Format characters that have a shape.
    private static func isDrawn(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x600...0x605, 0x6DD, 0x70F, 0x890...0x891, 0x8E2, 0x110BD, 0x110CD: true
        default: false
        }
    }

    @Test("The list is what Unicode's properties say, but for the exceptions with a reason")
    func properties() {
        var wrong: [String] = []
        for scalar in Self.everyScalar {
            let properties = scalar.properties
            let isNothing =
                switch properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
                case .format: !Self.isDrawn(scalar)
                default:
                    properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint
                }
            let isNeeded =
                (0x200C...0x200D).contains(scalar.value)
                || (0xFE00...0xFE0F).contains(scalar.value)
            if VisibleText.isHidden(scalar) != (isNothing && !isNeeded) {
                wrong.append(String(scalar.value, radix: 16))
            }
        }
        #expect(wrong == [])
    }

    @Test("What was made visible is visible, and is not changed again")
    func fixedPoint() {
        for scalar in Self.everyScalar where VisibleText.isHidden(scalar) {
            let text = "a" + String(scalar) + "b"
            let shown = VisibleText.escaped(text)
            #expect(shown == "a\\u{\(String(scalar.value, radix: 16))}b")
            #expect(!shown.unicodeScalars.contains(where: VisibleText.isHidden))
            #expect(VisibleText.escaped(shown) == shown)
            let page = VisibleText.pageForm(of: scalar) ?? ""
            #expect(!page.isEmpty && !page.unicodeScalars.contains(where: VisibleText.isHidden))
        }
    }

    @Test("Every other character goes through, on a terminal and on a page")
    func others() {
        var text = String.UnicodeScalarView()
        for scalar in Self.everyScalar where !VisibleText.isHidden(scalar) {
            text.append(scalar)
            if VisibleText.pageForm(of: scalar) != nil { Issue.record("U+\(scalar.value)") }
        }
        #expect(VisibleText.escaped(String(text)).unicodeScalars.elementsEqual(text))
    }

    @Test("JSON with escapes is the same value, and holds no such character")
    func json() throws {
        var text = String.UnicodeScalarView()
        for scalar in Self.everyScalar
        where VisibleText.isHidden(scalar) || scalar.value % 997 == 0 { text.append(scalar) }
        let value = JSONValue.object([
            .init(String(text), .string(String(text))), .init("n", .array([.integer(1), .null])),
        ])
        let shown = VisibleText.escapedJSON(value.text)
        #expect(!shown.unicodeScalars.contains(where: VisibleText.isHidden))
        #expect(try JSONValue(parsing: Array(shown.utf8)) == value)
    }

    @Test(
        "Escapes of JSON",
        arguments: [
            ("\u{9B}", "\"\\u009b\""), ("\u{202E}", "\"\\u202e\""), ("\u{7F}", "\"\\u007f\""),
            ("\u{E0041}", "\"\\udb40\\udc41\""), ("é🚀", "\"é🚀\""), ("\n", "\"\\n\""),
        ])
    func jsonEscapes(text: String, shown: String) {
        #expect(VisibleText.escapedJSON(JSONValue.string(text).text) == shown)
    }

    @Test("Ends of lines between values stay")
    func jsonLines() {
        #expect(VisibleText.escapedJSON("{}\n[\"\u{200B}\"]\n") == "{}\n[\"\\u200b\"]\n")
    }
}
