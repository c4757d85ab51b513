import Testing
import TrackerLog
import TrackerTelemetry

@Suite("Prometheus text")
struct ExpositionWriterTests {
    @Test("Texts are escaped, and numbers are those of the format")
    func written() {
        var writer = ExpositionWriter()
        writer.family("a", .gauge, "one\ntwo \\ \"three\"")
        writer.sample("a", 1.5, [Label("x", "q\"b\\n\nl"), Label("y", "")])
        writer.sample("a", .nan)
        writer.sample("a", -.infinity)
        writer.sample("a", count: .max)
        let text = String(decoding: writer.bytes, as: UTF8.self)
        #expect(
            text == """
                # HELP a one\\ntwo \\\\ "three"
                # TYPE a gauge
                a{x="q\\"b\\\\n\\nl",y=""} 1.5
                a NaN
                a -Inf
                a 9223372036854775807

                """)
    }
}
