import Testing
import TrackerImport
import TrackerLog

@Suite("Import: a histogram log that Local Tracker wrote")
struct OwnHdrLogTests {
    private static func log(_ says: String, maximum: String) -> String {
        "#[Logged with Local Tracker]\n#[Histogram log format version 1.3]\n"
            + "#[StartTime: 1763899200.000 (seconds since epoch)]\n#[Metric: \(says)]\n"
            + "1763899200.000,1.000,\(maximum),HISTFAAAACV42pNpmSzMwMDAwgABzFCaEch0M9ixgMH+A0Tg+zZGJgBl+wX/\n"
    }

    @Test("its metric and unit are those of the file")
    func said() {
        let time = Imported(
            Self.log(
                "http.latency_ms, values in nanoseconds, maxima divided by 1000000",
                maximum: "1.504"))
        #expect(time.distributions.map(\.metric) == ["http.latency_ms"])
        #expect(time.distributions.map(\.unit) == ["ms"])
        #expect(time.distributions.first.map { abs($0.sum / 1.5 - 1) < 0.005 } == true)
        #expect(time.param("import_lacks")?.contains("its unit") == false)
        let size = Imported(
            Self.log("size, values in bytes, maxima divided by 1", maximum: "1504000"))
        #expect(size.distributions.map(\.metric) == ["size"])
        #expect(size.distributions.map(\.unit) == ["bytes"])
        #expect(size.distributions.first.map { abs($0.sum / 1.5e6 - 1) < 0.005 } == true)
    }
}
