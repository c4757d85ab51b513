import Testing
import TrackerLog
import TrackerTelemetry

/// Points at the edges of what the specification allows.
@Suite("OTLP: edges of the specification")
struct OtlpEdgeTests {
    private static let time = #""startTimeUnixNano":"\#(at(1))","timeUnixNano":"\#(at(5))""#

    private static func take(_ metric: String) throws -> OtlpBatch {
        var receiving = try Receiving()
        return try receiving.send(metrics(metric))
    }

    private static func histogram(_ fields: String, temporality: String = "1") -> String {
        #"""
        {"name":"h","histogram":{"aggregationTemporality":\#(temporality),"dataPoints":[{\#(time),\#(fields)}]}}
        """#
    }

    private static func exponential(_ fields: String) -> String {
        #"""
        {"name":"e","exponentialHistogram":{"aggregationTemporality":1,"dataPoints":[{\#(time),\#(fields)}]}}
        """#
    }

    @Test(
        "bars of an exponential histogram are kept where their values are known to be numbers",
        arguments: [
            // Only bars that have values matter.
            (#""scale":0,"positive":{"offset":1020,"bucketCounts":[1,0,0,0,0,0]}"#, 1),
            (#""scale":0,"positive":{"offset":-1,"bucketCounts":[2,1,0]}"#, 3),
            // (1, 2^1024], with what is known of its end.
            (#""scale":-10,"max":40,"positive":{"bucketCounts":[5]}"#, 5),
            (#""scale":-10,"sum":90,"positive":{"bucketCounts":[5]}"#, 5),
            (#""scale":-10,"positive":{"offset":-1,"bucketCounts":[4,0]}"#, 4),
            (#""scale":-12,"sum":90,"positive":{"offset":-1,"bucketCounts":[4,1]}"#, 5),
            (#""scale":-2147483648,"max":3,"positive":{"bucketCounts":[7]}"#, 7),
            (#""scale":2147483647,"positive":{"offset":-2147483648,"bucketCounts":[7]}"#, 7),
            (#""scale":-10,"min":-8,"negative":{"bucketCounts":[3]}"#, 3),
            // The highest bar that holds a double.
            (#""scale":0,"max":1.7e308,"positive":{"offset":1023,"bucketCounts":[1]}"#, 1),
            // Narrower than any SDK makes them.
            (#""scale":40,"positive":{"offset":9,"bucketCounts":[2]}"#, 2),
        ])
    func kept(fields: String, count: Int) throws {
        let batch = try Self.take(Self.exponential(fields))
        #expect(batch.rejected == 0, "\(batch.message ?? "")")
        let found = try #require(batch.distributions.first)
        #expect(found.count == count && found.sum.isFinite)
        #expect(found.histogram.reduce(0) { $0 + Int($1.count) } == count)
        if fields.contains(#""max":40"#) { #expect(found.max == 40 && found.min >= 1) }
        if fields.contains(#""sum":90,"positive":{"b"#) { #expect(found.max <= 90) }
    }

    @Test(
        "bars without an end that a number holds are rejected",
        arguments: [
            (#""scale":-10,"positive":{"bucketCounts":[5]}"#, "reach beyond all numbers"),
            (#""scale":-10,"sum":-4,"positive":{"bucketCounts":[5]}"#, "reach beyond all numbers"),
            (#""scale":0,"positive":{"offset":1024,"bucketCounts":[1]}"#, "reach beyond all"),
            (
                #""scale":0,"max":1e308,"positive":{"offset":1024,"bucketCounts":[1]}"#,
                "reach beyond all"
            ),
            (#""scale":-10,"negative":{"bucketCounts":[3]}"#, "reach beyond all numbers"),
            (#""scale":3000000000,"positive":{"bucketCounts":[3]}"#, "bars and bounds"),
            (
                #""scale":0,"zeroCount":"18446744073709551615","positive":{"bucketCounts":[3]}"#,
                "more than a number holds"
            ),
        ])
    func endless(fields: String, says: String) throws {
        let batch = try Self.take(Self.exponential(fields))
        #expect(batch.rejected == 1 && batch.distributions.isEmpty)
        #expect(batch.message?.contains(says) == true, "\(batch.message ?? "")")
    }

    @Test("of a cumulative histogram with endless bars what came is kept")
    func cumulative() throws {
        var receiving = try Receiving()
        func body(_ count: Int, _ sum: Int, _ seconds: Int) -> String {
            metrics(
                #"""
                {"name":"e","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"startTimeUnixNano":"\#(at(1))","timeUnixNano":"\#(at(seconds))","scale":-10,"sum":\#(sum),"positive":{"bucketCounts":[\#(count)]}}]}}
                """#)
        }
        _ = try receiving.send(body(2, 10, 5))
        let found = try #require(try receiving.send(body(5, 40, 9)).distributions.first)
        #expect(found.count == 3 && found.sum == 30 && found.max <= 40 && found.min >= 1)
    }

    @Test(
        "histograms: without bars, without extremes, and with those that cannot be",
        arguments: [
            (#""count":"0","sum":0"#, 0, 0, ""),
            (#""count":4,"min":1,"max":3,"sum":8"#, 4, 0, ""),
            (#""bucketCounts":["4"],"min":1,"max":3"#, 4, 0, ""),
            (#""bucketCounts":[4],"min":"NaN","max":"NaN""#, 0, 1, "without bars"),
            (#""bucketCounts":[4],"min":3,"max":1"#, 0, 1, "without bars"),
            (#""bucketCounts":[4,1],"min":1,"max":3"#, 0, 1, "bars and bounds"),
            (#""bucketCounts":[2,2],"explicitBounds":[5],"min":9,"max":1"#, 4, 0, ""),
            (#""bucketCounts":[2,2],"explicitBounds":["5"]"#, 4, 0, ""),
            (#""bucketCounts":[2,2],"explicitBounds":["Infinity"]"#, 0, 1, "bars and bounds"),
            (#""bucketCounts":["18446744073709551615",2],"explicitBounds":[5]"#, 0, 1, "more than"),
        ])
    func bars(fields: String, count: Int, rejected: Int, says: String) throws {
        let batch = try Self.take(Self.histogram(fields))
        #expect(batch.distributions.reduce(0) { $0 + $1.count } == count)
        #expect(batch.rejected == rejected)
        #expect(says.isEmpty || batch.message?.contains(says) == true, "\(batch.message ?? "")")
    }

    @Test(
        "quantiles that are no number are counted, and a summary without any is told",
        arguments: [
            (#"{"quantile":0.5,"value":2},{"quantile":0.9,"value":"NaN"}"#, 1, 0, "no number: 1"),
            (#"{"quantile":"NaN","value":2},{"value":3}"#, 1, 0, "no number: 1"),
            (#"{"quantile":0.5},{"quantile":1,"value":2}"#, 2, 0, ""),
            (#"{"quantile":0.5,"value":"NaN"}"#, 0, 1, "without a number"),
            ("", 0, 1, "summary without a quantile"),
        ])
    func quantiles(list: String, taken: Int, rejected: Int, says: String) throws {
        let batch = try Self.take(
            #"""
            {"name":"s","summary":{"dataPoints":[{\#(Self.time),"count":3,"sum":9,"quantileValues":[\#(list)]}]}}
            """#)
        #expect(batch.samples.count == taken && batch.rejected == rejected)
        #expect(says.isEmpty == (batch.message == nil))
        #expect(says.isEmpty || batch.message?.contains(says) == true, "\(batch.message ?? "")")
    }

    @Test(
        "a metric has to say since when it counts, by number or name",
        arguments: [
            ("1", true), ("2", true), (#""AGGREGATION_TEMPORALITY_DELTA""#, true),
            (#""AGGREGATION_TEMPORALITY_CUMULATIVE""#, true), (#""2""#, true), ("0", false),
            ("null", false), ("7", false), (#""AGGREGATION_TEMPORALITY_UNSPECIFIED""#, false),
        ])
    func temporality(text: String, isTaken: Bool) throws {
        let sum = #""dataPoints":[{\#(Self.time),"asInt":4}]"#
        for metric in [
            Self.histogram(#""bucketCounts":[4,1],"explicitBounds":[5]"#, temporality: text),
            #"{"name":"c","sum":{"aggregationTemporality":\#(text),"isMonotonic":true,\#(sum)}}"#,
            #"{"name":"u","sum":{"aggregationTemporality":\#(text),\#(sum)}}"#,
        ] {
            let batch = try Self.take(metric)
            #expect(batch.rejected == (isTaken ? 0 : 1), "\(metric)")
            #expect(batch.samples.count + batch.distributions.count == (isTaken ? 1 : 0))
            #expect(isTaken || batch.message?.contains("since when it counts") == true)
        }
    }

    @Test(
        "ids in hex, in base64 and of zeros",
        arguments: [
            // Hex digits have no case; base64 has.
            ("0AF7", "0af7", "b9", "B9", 1), ("0AFz", "0aFz", "b9", "b9", 2),
            ("00", "00", "b9", "b9", 2), ("0a", "0a", "0000", "0000", 2), ("", "", "b9", "b9", 2),
            ("0a", "0a", "b9", "ba", 2),
        ])
    func identifiers(
        trace: String, otherTrace: String, own: String, otherOwn: String, count: Int
    ) throws {
        func span(_ trace: String, _ own: String) -> String {
            #"""
            {"traceId":"\#(trace)","spanId":"\#(own)","kind":"SPAN_KIND_SERVER","startTimeUnixNano":\#(at(3)),"endTimeUnixNano":"\#(at(4))"}
            """#
        }
        var receiving = try Receiving()
        let batch = try receiving.send(
            #"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(span(trace, own)),\#(span(otherTrace, otherOwn))]}]}]}"#,
            .traces)
        #expect(batch.samples.map(\.value) == [Double](repeating: 1_000, count: count))
    }

    @Test("times: none, zero, of another century")
    func times() throws {
        for (fields, taken, says) in [
            (#""timeUnixNano":"0","asInt":1"#, 0, "without a time"),
            (#""asInt":1"#, 0, "without a time"),
            (#""timeUnixNano":"18446744073709551615","asInt":1"#, 1, nil),
            (#""timeUnixNano":1795442405000000000,"asDouble":1,"flags":1"#, 0, nil),
            (#""timeUnixNano":1.795442405e18,"asDouble":1,"flags":"2""#, 1, nil),
        ] as [(String, Int, String?)] {
            let batch = try Self.take(#"{"name":"g","gauge":{"dataPoints":[{\#(fields)}]}}"#)
            #expect(batch.samples.count == taken, "\(fields)")
            #expect(batch.message.map { $0.contains(says ?? "?") } ?? (says == nil), "\(fields)")
        }
    }
}
