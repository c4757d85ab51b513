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

    private static let value =
        "1763899200.000,1.000,1.504,HISTFAAAACV42pNpmSzMwMDAwgABzFCaEch0M9ixgMH+A0Tg+zZGJgBl+wX/\n"

    @Test("failures come back as failures, of the run that they are of")
    func failures() {
        let says = "latency_ms, values in nanoseconds, maxima divided by 1000000"
        let whole = Imported(
            Self.log(says, maximum: "1.504") + "Tag=failed," + Self.value + "Tag=b.failed,"
                + Self.value + "Tag=b," + Self.value)
        #expect(whole.distributions.map(\.errors) == [0, 1, 1, 0])
        #expect(whole.distributions.map(\.count) == [1, 1, 1, 1])
        #expect(
            whole.distributions.map(\.labels) == [
                [], [], [Label("tag", "b")], [Label("tag", "b")],
            ])
        #expect(whole.param("import_lacks")?.contains("errors") == false)
    }

    @Test("in the log of another program, the same tag is a tag")
    func others() {
        let says = "latency_ms, values in nanoseconds, maxima divided by 1000000"
        let log = Self.log(says, maximum: "1.504") + "Tag=failed," + Self.value
        let other = Imported(log.replacing("Local Tracker", with: "another"))
        #expect(other.distributions.map(\.errors) == [0, 0])
        #expect(other.distributions.map(\.labels) == [[], [Label("tag", "failed")]])
        #expect(other.param("import_lacks")?.contains("errors") == true)
    }

    @Test("a run's tag is none of failures", arguments: ["failed", "b.failed", "b"])
    func names(_ run: String) {
        #expect(!OwnHdrTag.run(run).hasSuffix("failed"))
        #expect(OwnHdrTag.failures(of: OwnHdrTag.run(run)).hasSuffix(".failed"))
    }
}
