import Testing
import TrackerImport

@Suite("Import: numbers and times as tools write them")
struct TextTests {
    @Test(arguments: [
        ("12", 12.0), ("-1.5", -1.5), (".85877", 0.85877), ("1.7e+07", 1.7e7), ("0.040", 0.04),
        ("123456789012345678", 123_456_789_012_345_680),
    ])
    func numbers(_ text: String, _ value: Double) { #expect(DecimalText.number(text) == value) }

    @Test(arguments: ["", "-", ".", "N/A", "nan", "-nan", "inf", "0x10", "1,5", "1 2", "1e999"])
    func noNumbers(_ text: String) { #expect(DecimalText.number(text) == nil) }
}
