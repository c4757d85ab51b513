import Testing
import TrackerLog
import TrackerTestSupport

/// One line and its only result: `nil` when it is an event.
struct LineCase: Sendable, CustomTestStringConvertible {
    var name: String
    var line: [UInt8]
    var error: LineError?

    init(_ name: String, _ line: String, _ error: LineError? = nil) {
        self.init(name, bytes: Array(line.utf8), error)
    }

    init(_ name: String, bytes: [UInt8], _ error: LineError? = nil) {
        self.name = name
        line = bytes
        self.error = error
    }

    /// A sample whose field `value` is the given text.
    static func value(_ name: String, _ text: String, _ error: LineError? = nil) -> LineCase {
        LineCase(name, #"{"ts":1,"metric":"m","value":\#(text)}"#, error)
    }

    /// A sample whose metric is the given bytes between quotes.
    static func text(_ name: String, _ bytes: [UInt8], _ error: LineError? = nil) -> LineCase {
        LineCase(
            name, bytes: Array(#"{"ts":1,"value":1,"metric":""#.utf8) + bytes + Array(#""}"#.utf8),
            error)
    }

    /// A sample with one more field.
    static func field(_ name: String, _ text: String, _ error: LineError? = nil) -> LineCase {
        LineCase(name, #"{"ts":1,"metric":"m","value":1,\#(text)}"#, error)
    }

    var testDescription: String { name }
}

@Suite("The result for each line")
struct LineVerdictTests {
    /// Names as in JSONTestSuite where it has the case: `n_` must be refused, `y_` accepted.
    static let structure: [LineCase] = [
        LineCase("n_structure_no_data", "", .empty),
        LineCase("n_single_space", " ", .empty),
        LineCase("only a carriage return", "\r", .empty),
        LineCase(
            "y_structure_whitespace_around", " \t{ \"ts\" : 1 ,\"metric\":\"m\",\"value\": 1 } \r"),
        LineCase("n_structure_UTF8_BOM_no_data", bytes: [0xEF, 0xBB, 0xBF], .syntax),
        LineCase("BOM before an event", "\u{FEFF}{\"ts\":1,\"metric\":\"m\",\"value\":1}", .syntax),
        LineCase("UTF-16", bytes: [0xFF, 0xFE, 0x7B, 0, 0x7D, 0], .syntax),
        LineCase("UTF-16 without BOM", bytes: [0x7B, 0, 0x7D, 0], .syntax),
        LineCase("n_structure_array_trailing_garbage", "[1]x", .trailing),
        LineCase("y_structure_lonely_int", "42", .notAnObject),
        LineCase("y_structure_lonely_null", "null", .notAnObject),
        LineCase("y_structure_true_in_array", "[true]", .notAnObject),
        LineCase("y_structure_string_empty", "\"\"", .notAnObject),
        LineCase("y_object_empty", "{}", .noKind),
        LineCase("n_structure_object_unclosed_no_value", "{\"\":", .syntax),
        LineCase("n_structure_open_object", "{", .syntax),
        LineCase("n_structure_close_unopened_array", "1]", .trailing),
        LineCase("n_structure_double_array", "[][]", .trailing),
        LineCase("n_structure_end_array", "]", .syntax),
        LineCase("n_structure_capitalized_True", "[True]", .syntax),
        LineCase("n_structure_null-byte-outside-string", "[\0]", .syntax),
        LineCase("n_structure_unicode-identifier", "å", .syntax),
        LineCase("n_structure_lone-open-bracket", "[", .syntax),
        LineCase(
            "n_structure_100000_opening_arrays", String(repeating: "[", count: 100_000), .depth),
        LineCase(
            "n_structure_open_array_object", String(repeating: "[{\"\":", count: 50_000), .depth),
        LineCase("n_object_trailing_comma", "{\"id\":0,}", .syntax),
        LineCase("n_object_single_quote", "{'a':0}", .syntax),
        LineCase("n_object_unquoted_key", "{a: \"b\"}", .syntax),
        LineCase("n_object_missing_colon", "{\"a\" b}", .syntax),
        LineCase("n_object_double_colon", "{\"x\"::\"b\"}", .syntax),
        LineCase("n_object_two_commas_in_a_row", "{\"a\":\"b\",,\"c\":\"d\"}", .syntax),
        LineCase("n_object_non_string_key", "{1:1}", .syntax),
        LineCase("n_object_trailing_comment", "{\"a\":\"b\"}/**/", .trailing),
        LineCase("n_array_extra_comma", "[1,]", .syntax),
        LineCase("n_array_just_comma", "[,]", .syntax),
        LineCase("n_array_star_inside", "[*]", .syntax),
        LineCase("y_object_duplicated_key", "{\"a\":1,\"a\":1}", .duplicateKey),
        LineCase("duplicate key, one escaped", "{\"a\":1,\"\\u0061\":1}", .duplicateKey),
        LineCase("duplicate key deep inside", "{\"a\":{\"b\":[{\"c\":1,\"c\":2}]}}", .duplicateKey),
        .field("duplicate field", #""ts":2"#, .duplicateKey),
        .field("duplicate field, escaped", #""\u0074s":2"#, .duplicateKey),
        .field("keys that are equal to Unicode only", "\"\u{E9}\":1,\"e\u{301}\":2"),
        .field("labels that are equal to Unicode only", "\"labels\":{\"\u{E9}\":1,\"e\u{301}\":2}"),
        .field(
            "depth 32",
            "\"x\":" + String(repeating: "[", count: 31) + String(repeating: "]", count: 31)),
        .field(
            "depth 33",
            "\"x\":" + String(repeating: "[", count: 32) + String(repeating: "]", count: 32), .depth
        ),
        .field("unknown nested field", #""x":{"a":[1,{"b":null}],"c":"d"}"#),
        LineCase("1 MiB and a byte", String(repeating: " ", count: 1 << 20) + "x", .tooLong),
        .field(
            "100,000 keys",
            (0..<100_000).map { "\"k\(String($0, radix: 36))\":1" }.joined(separator: ",")),
    ]

    static let numbers: [LineCase] = [
        .value("y_number", "123e65"), .value("y_number_0e+1", "0e+1"),
        .value("y_number_negative_zero", "-0"), .value("y_number_real_capital_e", "1E22"),
        .value("y_number_real_capital_e_pos_exp", "1E+2"),
        .value("y_number_double_close_to_zero", "-0.\(String(repeating: "0", count: 77))1"),
        .value("2^64", "18446744073709551616"), .value("largest", "1.7976931348623157e308"),
        .value("smallest", "5e-324"), .value("i_number_double_huge_neg_exp", "123.456e-789"),
        .value("n_number_-01", "-01", .number), .value("n_number_01", "01", .number),
        .value("n_number_+1", "+1", .syntax), .value("n_number_.1", ".1", .syntax),
        .value("n_number_1.", "1.", .number), .value("n_number_-.5", "-.5", .number),
        .value("n_number_1e", "1e", .number), .value("n_number_1e+", "1e+", .number),
        .value("n_number_minus", "-", .number), .value("n_number_NaN", "NaN", .syntax),
        .value("n_number_infinity", "Infinity", .syntax),
        .value("n_number_minus_infinity", "-Infinity", .number),
        .value("n_number_hex", "0x1F", .syntax), .value("n_number_1_000", "1 000", .syntax),
        .value("n_number_U+FF11", "１", .syntax), .value("n_number_1eE2", "1eE2", .number),
        .value(
            "i_number_huge_exp",
            "0.4e00669999999999999999999999999999999999999999999999969999999006", .numberRange),
        .value("i_number_neg_int_huge_exp", "-1e+9999", .numberRange),
        .value("1e999", "1e999", .numberRange),
        .value("100 KB number", String(repeating: "9", count: 100_000), .number),
        .value("256 digits", String(repeating: "1", count: 256)),
        .value("257 digits", String(repeating: "1", count: 257), .number),
        .value("text", "\"1\"", .value), .value("null", "null", .value),
        .value("array", "[1]", .value),
        LineCase("ts 1e999", #"{"ts":1e999,"metric":"m","value":1}"#, .numberRange),
        LineCase("ts null", #"{"ts":null,"metric":"m","value":1}"#, .timestamp),
        LineCase(
            "ts without zone", #"{"ts":"2026-11-23T14:02:11","metric":"m","value":1}"#, .timestamp),
        LineCase("ts with escapes", #"{"ts":"2026-11-23T14:02:11\u005a","metric":"m","value":1}"#),
        LineCase("no ts", #"{"metric":"m","value":1}"#, .noTimestamp),
        LineCase("no value", #"{"ts":1,"metric":"m"}"#, .value),
        LineCase("only a value", #"{"ts":1,"value":1}"#, .noKind),
    ]

    static let texts: [LineCase] = [
        .text("y_string_simple_ascii", Array("asd ".utf8)),
        .text("y_string_utf8", Array("€𝄞".utf8)),
        .text("y_string_unicode_U+10FFFE", Array("\u{10FFFE}".utf8)),
        .text("y_string_u+2028", Array("\u{2028}".utf8)),
        .text("y_string_null_escape", Array(#"\u0000"#.utf8)),
        .text("y_string_allowed_escapes", Array(#"\"\\\/\b\f\n\r\t"#.utf8)),
        .text("y_string_surrogates_pair", Array(#"\uD83d\uDe39"#.utf8)),
        .text("y_string_with_del_character", [0x7F]),
        .text("n_string_1_surrogate_then_escape", Array(#"\uD800\"#.utf8), .loneSurrogate),
        .text("i_string_1st_surrogate_but_2nd_missing", Array(#"\uDADA"#.utf8), .loneSurrogate),
        .text("i_string_lone_second_surrogate", Array(#"\uDFAA"#.utf8), .loneSurrogate),
        .text("i_string_inverted_surrogates", Array(#"\uDd1e\uD834"#.utf8), .loneSurrogate),
        .text(
            "i_string_1st_valid_surrogate_2nd_invalid", Array(#"\uD888\u1234"#.utf8), .loneSurrogate
        ),
        .text("n_string_escape_x", Array(#"\x00"#.utf8), .escape),
        .text("n_string_invalid_unicode_escape", Array(#"\uqqqq"#.utf8), .escape),
        .text("n_string_incomplete_escaped_character", Array(#"\u00A"#.utf8), .escape),
        .text("n_string_unescaped_tab", [0x09], .controlCharacter),
        .text("n_string_unescaped_ctrl_char", [0x00], .controlCharacter),
        .text("raw carriage return", [0x0D], .controlCharacter),
        .text("i_string_invalid_utf-8", [0xFF], .utf8),
        .text("i_string_overlong_sequence_2_bytes", [0xC0, 0xAF], .utf8),
        .text("i_string_overlong_sequence_6_bytes", [0xFC, 0x83, 0xBF, 0xBF, 0xBF, 0xBF], .utf8),
        .text("overlong, 3 bytes", [0xE0, 0x80, 0xAF], .utf8),
        .text("overlong, 4 bytes", [0xF0, 0x80, 0x80, 0xAF], .utf8),
        .text("i_string_UTF-8_surrogate_U+D800", [0xED, 0xA0, 0x80], .utf8),
        .text("i_string_not_in_unicode_range", [0xF4, 0xBF, 0xBF, 0xBF], .utf8),
        .text("i_string_truncated-utf-8", [0xE0, 0xFF], .utf8),
        .text("i_string_iso_latin_1", [0xE9], .utf8),
        .text("a lone continuation byte", [0x81], .utf8),
        .text("cut in a character", [0xE2, 0x82], .utf8),
        .text("128 characters", Array(String(repeating: "é", count: 128).utf8)),
        .text("129 characters", Array(String(repeating: "é", count: 129).utf8), .metric),
        .text("no characters", [], .metric),
    ]

    static let fields: [LineCase] = [
        .field("unit is a number", #""unit":1"#, .unit),
        .field("run is null", #""run":null"#, .run),
        .field(
            "run of 1,025 bytes", "\"run\":\"\(String(repeating: "r", count: 1025))\"", .nameTooLong
        ),
        .field("ok is a number", #""ok":1"#, .ok), .field("ok is null", #""ok":null"#, .ok),
        .field("labels of all flat kinds", #""labels":{"a":"b","c":1.50,"d":true,"e":null}"#),
        .field("labels nested", #""labels":{"a":{}}"#, .labels),
        .field("labels is a list", #""labels":[]"#, .labels),
        .field(
            "32 labels", "\"labels\":{\((0..<32).map { "\"l\($0)\":1" }.joined(separator: ","))}"),
        .field(
            "33 labels", "\"labels\":{\((0..<33).map { "\"l\($0)\":1" }.joined(separator: ","))}",
            .labels),
        .field("label twice, escaped", #""labels":{"a":1,"\u0061":2}"#, .duplicateKey),
        .field("event beside metric", #""event":"note""#, .eventField),
        .field("unknown event", #""event":"x""#, .unknownEvent),
        .field("event is a number", #""event":1"#, .unknownEvent),
        .field("hist beside value", #""hist":[[1,1]]"#, .histogram),
        LineCase("run_started without run", #"{"ts":1,"event":"run_started"}"#, .run),
        LineCase(
            "run_finished in an unknown state",
            #"{"ts":1,"event":"run_finished","run":"r","state":"x"}"#, .eventField),
        LineCase("a note without text", #"{"ts":1,"event":"note"}"#, .eventField),
        LineCase("a note", #"{"ts":1,"event":"note","text":""}"#),
    ]

    static let histograms: [LineCase] = {
        func line(
            _ name: String, _ hist: String, _ count: String, _ rest: String, _ error: LineError?
        ) -> LineCase {
            LineCase(
                name, #"{"ts":1,"metric":"m","hist":\#(hist),"count":\#(count),\#(rest)}"#, error)
        }
        let sums = #""sum":1,"min":0,"max":1"#
        return [
            line("histogram", "[[-5,1],[0,2]]", "3", sums, nil),
            line("counts do not match", "[[1,1]]", "2", sums, .histogram),
            line("bucket of Int.min", "[[-9223372036854775808,1]]", "1", sums, .histogram),
            line("bucket of infinity", "[[262016,1]]", "1", sums, .histogram),
            line("largest bucket", "[[262015,1]]", "1", sums, nil),
            line("count 0", "[[1,0]]", "0", sums, .histogram),
            line("count below 0", "[[1,-1]]", "-1", sums, .histogram),
            line("bucket twice", "[[1,1],[1,1]]", "2", sums, .histogram),
            line("three parts", "[[1,1,1]]", "1", sums, .histogram),
            line(
                "counts that wrap around",
                "[[1,9223372036854775807],[2,9223372036854775807],[3,3]]", "1", sums, .histogram),
            line("min above max", "[[1,1]]", "1", #""sum":1,"min":2,"max":1"#, .histogram),
            line("errors above count", "[[1,1]]", "1", sums + #","errors":2"#, .histogram),
            line("duration is text", "[[1,1]]", "1", sums + #","duration_ms":"x""#, .histogram),
        ]
    }()

    @Test(
        "F48, F49: one line, one verdict, by both readers",
        arguments: structure + numbers + texts + fields + histograms)
    func verdict(_ row: LineCase) throws {
        var verdict: LineError?
        do throws(LineError) { _ = try EventParser.parse(row.line) } catch { verdict = error }
        #expect(verdict == row.error)
        let scanned = ScannedLines(row.line)
        #expect(scanned.lines.count == 1)
        if row.error != nil { #expect(scanned.lines.first?.kind == .other) }
        try scanned.checkAgainstParser(row.name)
    }
}

@Suite("Keys of an object") struct ObjectKeyTests {
    @Test("one that is there twice is refused, however many there are and wherever it is")
    func twice() throws {
        for count in 1...40 {
            let members = (0..<count).map { "\"k\($0)\":\($0)" }
            let whole = try JSONValue(parsing: Array("{\(members.joined(separator: ","))}".utf8))
            #expect(whole.objectValue?.count == count)
            for first in Set([0, count / 2, count - 1]) {
                for text in ["\"k\(first)\":1", "\"\\u006b\(first)\":1"] {
                    let line = "{\((members + [text, "\"z\":1"]).joined(separator: ","))}"
                    #expect(throws: LineError.duplicateKey) {
                        try JSONValue(parsing: Array(line.utf8))
                    }
                }
            }
        }
    }
}
