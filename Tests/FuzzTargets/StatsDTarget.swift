import TrackerImport
import TrackerLog
import TrackerTelemetry
import TrackerTestSupport

/// A datagram of StatsD: line by line it gives what it gives whole, every value counts once, and
/// each event can be written to the log.
enum StatsDTarget {
    static func complaint(about input: [UInt8]) -> String? {
        var (whole, lines) = (StatsDAggregation(), StatsDAggregation())
        take(input[...], &whole)
        for line in input.split(separator: 0x0A) { take(line, &lines) }
        let (one, other) = (events(&whole), events(&lines))
        guard one == other else { return "line by line other events: \(one) and \(other)" }
        let counts = whole.counts
        guard counts.values == lines.counts.values, counts.refusedCount == lines.counts.refusedCount
        else { return "line by line other counts" }
        for event in one {
            var line: [UInt8] = []
            guard EventEncoder.append(event, to: &line), line.count <= LogLimits.maxLineBytes else {
                return "taken, but the log has no place for \(event)"
            }
            if let complaint = LineTarget.roundTrip(Array(line.dropLast())) { return complaint }
        }
        return nil
    }

    private static func take(_ bytes: ArraySlice<UInt8>, _ aggregation: inout StatsDAggregation) {
        unsafe bytes.withUnsafeBytes { unsafe aggregation.take(ByteView($0)) }
    }

    private static func events(_ aggregation: inout StatsDAggregation) -> [Event] {
        aggregation.takeInterval(from: 1_763_899_200_000, lastingMs: 1_000).records.map(\.event)
    }

    static func seeds() -> [[UInt8]] {
        [
            "t:1|ms\na:2|c|@0.5\ng:-3|g\ng:+1|g\nu:ann|s\n", "h:2:4:8|h|@0.25|#env:dev,b\n",
            "d:1e308|d|#x:\u{fc}|T1763899200|c:1\n_e{5,4}:title|text\n_sc|x|0\n", "a:|c\n:1|c\nx",
        ].map { Array($0.utf8) }
    }
}
