import Testing
import TrackerLog
import TrackerTelemetry

@Suite("OTLP: what counts since a start, and what comes twice")
struct OtlpCounterTests {
    /// Exports of one counter, and what each adds.
    struct Course: Sendable, CustomTestStringConvertible {
        let name: String
        /// Value, start and time, in seconds since the server listens.
        let points: [(Int, Int, Int)]
        let adds: [Double]

        init(_ name: String, _ points: [(Int, Int, Int)], _ adds: [Double]) {
            self.name = name
            self.points = points
            self.adds = adds
        }

        var testDescription: String { name }
    }

    static let courses = [
        Course("it grows", [(5, 1, 10), (7, 1, 20), (7, 1, 30)], [5, 2, 0]),
        Course("the program begins anew", [(5, 1, 10), (3, 15, 20), (4, 15, 30)], [5, 3, 1]),
        Course(
            "it counts less without a new start", [(5, 1, 10), (2, 1, 20), (3, 1, 30)], [5, 2, 1]),
        Course("a point comes twice", [(5, 1, 10), (5, 1, 10), (6, 1, 20)], [5, 1]),
        Course("a point comes late", [(5, 1, 20), (4, 1, 10), (6, 1, 30)], [5, 1]),
        Course("it began before the server", [(500, -60, 10), (507, -60, 20)], [7]),
        Course(
            "two processes with the same attributes, in turn",
            [(5, 1, 10), (50, 2, 11), (6, 1, 20), (53, 2, 21), (7, 1, 30)], [5, 50, 1, 3, 1]),
        Course(
            "one of two began before the server", [(5, -60, 10), (50, 2, 11), (6, -60, 20)],
            [50, 1]),
    ]

    @Test("a counter adds what came since the point before", arguments: courses)
    func growth(course: Course) throws {
        var receiving = try Receiving()
        var adds: [Double] = []
        for (index, (value, start, time)) in course.points.enumerated() {
            // The body of a point that comes twice is another one.
            let note = attribute("n", "\(index)")
            let body = metrics(counter(value, start: start, time: time)).dropLast()
            let batch = try receiving.send(body + #","x":[\#(note)]}"#)
            #expect(batch.rejected == 0)
            adds += batch.samples.map(\.value)
        }
        #expect(adds == course.adds)
    }

    @Test("a series that begins later in a program that is known counts in full")
    func laterSeries() throws {
        var receiving = try Receiving()
        let first = try receiving.send(metrics(counter(9, start: -60, time: 10)))
        #expect(first.samples.isEmpty && first.rejected == 0)
        #expect(
            first.message
                == "points that count since before the tracker listened: what follows counts: 1")
        let second = try receiving.send(
            metrics(
                counter(10, start: -60, time: 20),
                counter(4, start: -60, time: 20, attributes: attribute("route", "/new"))))
        #expect(second.samples.map(\.value) == [1, 4])
        #expect(second.message == nil)
    }

    @Test("what could not be written is counted by the next export")
    func rollback() throws {
        var receiving = try Receiving()
        _ = try receiving.send(metrics(counter(5, start: 1, time: 10)))
        let lost = try receiving.take(metrics(counter(7, start: 1, time: 20)))
        #expect(lost.samples.map(\.value) == [2])
        receiving.receiver.rollback()
        let again = try receiving.take(metrics(counter(7, start: 1, time: 20)))
        #expect(again.lines == lost.lines)
        receiving.receiver.rollback()
        #expect(
            try receiving.send(metrics(counter(9, start: 1, time: 30))).samples.map(\.value) == [4])
    }

    @Test("a body that may be in the log gives the same frames again; one that is gives none")
    func unconfirmed() throws {
        var receiving = try Receiving()
        let body = metrics(counter(5, start: 1, time: 10))
        let first = try receiving.take(body)
        receiving.receiver.keep(first)
        let again = try receiving.take(body)
        #expect(again.lines == first.lines && !again.lines.isEmpty)
        #expect(again.parts[0].frames.map(\.identity) == first.parts[0].frames.map(\.identity))
        receiving.receiver.commit(again)
        #expect(try receiving.take(body).parts.isEmpty)
        #expect(
            try receiving.send(metrics(counter(6, start: 1, time: 20))).samples.map(\.value) == [1])
    }

    @Test("frames with an identity have the same bytes whatever came before, but for what grows")
    func identities() throws {
        let gauge =
            #"{"name":"g","gauge":{"dataPoints":[{"asDouble":2,"timeUnixNano":"\#(at(5))"}]}}"#
        let body = metrics(gauge, counter(5, start: 1, time: 10))
        var (fresh, busy) = (try Receiving(), try Receiving())
        _ = try busy.send(metrics(counter(2, start: 1, time: 9)))
        let (one, other) = (try fresh.send(body), try busy.send(body))
        let plain = [one, other].map { batch in
            batch.parts[0].frames.filter { $0.identity?.writer.hasPrefix("otlp-growth") == false }
        }
        #expect(plain[0].count == 1 && plain[0].map(\.events) == plain[1].map(\.events))
        #expect(plain[0].map(\.identity) == plain[1].map(\.identity))
        #expect(one.samples.map(\.value) == [2, 5] && other.samples.map(\.value) == [2, 3])
    }

    @Test("a sum that only grows is never below zero, and what follows counts")
    func belowZero() throws {
        var receiving = try Receiving()
        func body(_ value: String, time: Int, temporality: Int = 2) -> String {
            let point =
                #"{"asDouble":\#(value),"startTimeUnixNano":"\#(at(1))","#
                + #""timeUnixNano":"\#(at(time))"}"#
            return metrics(
                #"{"name":"c","sum":{"aggregationTemporality":\#(temporality),"isMonotonic":true,"#
                    + #""dataPoints":[\#(point)]}}"#)
        }
        for temporality in [1, 2] {
            let below = try receiving.send(body("-1e308", time: 10, temporality: temporality))
            #expect(below.samples.isEmpty && below.rejected == 1)
            #expect(
                below.message == "not taken: points below zero of a sum that only grows: 1")
        }
        #expect(try receiving.send(body("1e308", time: 20)).samples.map(\.value) == [1e308])
        let next = try receiving.send(body("1.5e308", time: 30))
        #expect(next.samples.map(\.value) == [0.5e308] && next.rejected == 0)
    }

    @Test("a count of nanoseconds since 1970 grows by what came, to the nanosecond")
    func wholeNumbers() throws {
        var receiving = try Receiving()
        let begin = 1_795_442_400_000_000_000
        let adds = try [0, 1, 130, 131].enumerated().flatMap { index, more in
            try receiving.send(metrics(counter(begin + more, start: 1, time: 10 + index)))
                .samples.map(\.value)
        }
        #expect(adds == [Double(begin), 1, 129, 1])
        let less = try receiving.send(metrics(counter(begin + 129, start: 1, time: 20)))
        #expect(less.samples.map(\.value) == [Double(begin + 129)], "it began anew")
    }

    @Test("a level and an interval count once, however often they come")
    func repeated() throws {
        var receiving = try Receiving()
        func body(_ more: String) -> String {
            metrics(
                #"""
                {"name":"g","unit":"By","gauge":{"dataPoints":[{"asDouble":2.5,"timeUnixNano":"\#(at(5))"}]}}
                """#,
                #"""
                {"name":"active","sum":{"aggregationTemporality":2,"dataPoints":[{"asInt":"-3","startTimeUnixNano":"\#(at(1))","timeUnixNano":"\#(at(5))"}]}}
                """#,
                #"""
                {"name":"d","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asInt":4,"startTimeUnixNano":"\#(at(1))","timeUnixNano":"\#(at(5))"}]}}
                """#
            ).dropLast() + #","x":\#(more)}"#
        }
        let first = try receiving.send(body("1"))
        #expect(first.samples.map(\.value) == [2.5, -3, 4])
        #expect(first.samples.map(\.unit) == ["B", nil, nil])
        #expect(try receiving.send(body("2")).events.isEmpty)
    }
}
