import Testing
import TrackerLog
import TrackerTelemetry

/// What has another type than OTLP gives it is refused as a whole, and nothing of it is counted.
@Suite("OTLP: values of another type")
struct OtlpShapeTests {
    struct Wrong: Sendable, CustomTestStringConvertible {
        let path: String
        let body: String
        let signal: OtlpRequest.Signal
        var testDescription: String { "\(path) \(body.suffix(60))" }
    }

    private static func sent(
        _ signal: OtlpRequest.Signal, _ inner: String, _ path: String
    ) -> Wrong {
        signal == .metrics
            ? Wrong(
                path: "resourceMetrics[0].scopeMetrics[0].metrics[0]" + path,
                body: #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[\#(inner)]}]}]}"#,
                signal: signal)
            : Wrong(
                path: "resourceSpans[0].scopeSpans[0].spans[0]" + path,
                body: #"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(inner)]}]}]}"#,
                signal: signal)
    }

    /// Each field with each value that is not of its type.
    private static func fields(
        _ signal: OtlpRequest.Signal, _ around: (String) -> String, _ path: String,
        _ fields: [(name: String, bad: [String])]
    ) -> [Wrong] {
        fields.flatMap { field in
            field.bad.map {
                sent(signal, around(#""\#(field.name)":\#($0)"#), path + "." + field.name)
            }
        }
    }

    private static let noText = ["5", "true", "[]", "{}"]
    private static let noList = [#""x""#, "5", "true", "{}"]
    private static let noObject = [#""x""#, "5", "true", "[]"]
    private static let noNumber = [#""x""#, "true", "[]", "{}", #""""#]
    private static let noFlag = [#""true""#, "1", "[]", "{}"]
    private static let noCount = noNumber + ["-1", "1.5", #""99999999999999999999""#]

    static let outer: [Wrong] = [
        ("resourceMetrics", OtlpRequest.Signal.metrics), ("resourceSpans", .traces),
    ].flatMap { name, signal in
        let scopes = signal == .metrics ? "scopeMetrics" : "scopeSpans"
        let list = noList.map {
            Wrong(path: name, body: #"{"\#(name)":\#($0)}"#, signal: signal)
        }
        let parts = (noObject + ["null"]).map {
            Wrong(path: name + "[0]", body: #"{"\#(name)":[\#($0)]}"#, signal: signal)
        }
        let members = [("resource", noObject), (scopes, noList)].flatMap { member, bad in
            bad.map {
                Wrong(
                    path: "\(name)[0].\(member)",
                    body: #"{"\#(name)":[{"\#(member)":\#($0)}]}"#, signal: signal)
            }
        }
        let attributes = noList.map {
            Wrong(
                path: "\(name)[0].resource.attributes",
                body: #"{"\#(name)":[{"resource":{"attributes":\#($0)}}]}"#, signal: signal)
        }
        let things = signal == .metrics ? "metrics" : "spans"
        let inner = [("scope", noObject), (things, noList)].flatMap { member, bad in
            bad.map {
                Wrong(
                    path: "\(name)[0].\(scopes)[0].\(member)",
                    body: #"{"\#(name)":[{"\#(scopes)":[{"\#(member)":\#($0)}]}]}"#,
                    signal: signal)
            }
        }
        return [list, parts, members, attributes, inner].flatMap { $0 }
    }

    static let inner: [Wrong] = [
        metricFields, sumFields, gaugePoints, histogramPoints, exponentialPoints, summaryPoints,
        attributeFields, spanFields, statusFields, keyFields,
    ].flatMap { $0 }

    private static let metricFields: [Wrong] = fields(
        .metrics, { "{\($0)}" }, "",
        [
            ("name", noText), ("unit", noText), ("gauge", noObject), ("sum", noObject),
            ("histogram", noObject), ("exponentialHistogram", noObject), ("summary", noObject),
        ])

    private static let sumFields: [Wrong] = fields(
        .metrics, { #"{"sum":{\#($0)}}"# }, ".sum",
        [
            ("dataPoints", noList), ("isMonotonic", noFlag),
            ("aggregationTemporality", ["true", "[]", "{}", "1.5", #""""#]),
        ])

    private static let gaugePoints: [Wrong] = fields(
        .metrics, { #"{"gauge":{"dataPoints":[{\#($0)}]}}"# }, ".gauge.dataPoints[0]",
        [
            ("asDouble", noNumber), ("asInt", noNumber + ["1.5"]), ("timeUnixNano", noCount),
            ("startTimeUnixNano", noCount), ("flags", noNumber), ("attributes", noList),
        ])

    private static let histogramPoints: [Wrong] = fields(
        .metrics, { #"{"histogram":{"dataPoints":[{\#($0)}]}}"# }, ".histogram.dataPoints[0]",
        [
            ("count", noCount), ("sum", noNumber), ("min", noNumber), ("max", noNumber),
            ("bucketCounts", noList), ("explicitBounds", noList),
        ])

    private static let exponentialPoints: [Wrong] = fields(
        .metrics, { #"{"exponentialHistogram":{"dataPoints":[{"positive":{\#($0)}}]}}"# },
        ".exponentialHistogram.dataPoints[0].positive",
        [("offset", noNumber + ["1.5"]), ("bucketCounts", noList)])

    private static let summaryPoints: [Wrong] = fields(
        .metrics, { #"{"summary":{"dataPoints":[{"quantileValues":[{\#($0)}]}]}}"# },
        ".summary.dataPoints[0].quantileValues[0]",
        [("quantile", noNumber), ("value", noNumber)])

    private static let attributeFields: [Wrong] = fields(
        .metrics,
        { #"{"gauge":{"dataPoints":[{"attributes":[{"key":"k","value":{\#($0)}}]}]}}"# },
        ".gauge.dataPoints[0].attributes[0].value",
        [
            ("stringValue", noText), ("boolValue", noFlag), ("intValue", noNumber + ["1.5"]),
            ("doubleValue", noNumber),
        ])

    private static let spanFields: [Wrong] = fields(
        .traces, { "{\($0)}" }, "",
        [
            ("name", noText), ("traceId", noText), ("spanId", noText),
            ("kind", ["true", "[]", "{}", "1.5", #""""#]), ("startTimeUnixNano", noCount),
            ("endTimeUnixNano", noCount), ("attributes", noList), ("status", noObject),
        ])

    private static let statusFields: [Wrong] = fields(
        .traces, { #"{"status":{\#($0)}}"# }, ".status", [("code", ["true", "[]", "{}"])])

    private static let keyFields: [Wrong] = fields(
        .traces, { #"{"attributes":[{\#($0)}]}"# }, ".attributes[0]",
        [("key", noText), ("value", noObject)])

    private static let refusal = "The body is no message of the "

    @Test("JSON is refused with the place", arguments: outer + inner)
    func json(wrong: Wrong) throws {
        var receiving = try Receiving()
        let error = #expect(throws: OtlpRefusal.self) {
            try receiving.take(wrong.body, wrong.signal)
        }
        #expect(
            error?.message.hasPrefix(
                Self.refusal + "\(wrong.signal.rawValue) of OTLP: \(wrong.path): must be ") == true,
            "\(error?.message ?? "")")
    }

    @Test(
        "of fields of which a message has one, two are refused",
        arguments: [
            (#"{"name":"m","gauge":{},"sum":{}}"#, "metrics[0]: has gauge and sum, and may"),
            (#"{"gauge":{"dataPoints":[{"asInt":1,"asDouble":2}]}}"#, "has asDouble and asInt"),
            (
                #"{"gauge":{"dataPoints":[{"attributes":[{"value":{"intValue":1,"boolValue":true}}]}]}}"#,
                "attributes[0].value: has boolValue and intValue"
            ),
        ])
    func alternatives(metric: String, says: String) throws {
        var receiving = try Receiving()
        let error = #expect(throws: OtlpRefusal.self) { try receiving.take(metrics(metric)) }
        #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
        let one = metric.replacing(#""sum":{}"#, with: #""sum":null"#)
        if one != metric { #expect(try receiving.take(metrics(one)).events.isEmpty) }
    }

    @Test("nothing of a body is counted that has a wrong value behind right ones")
    func nothing() throws {
        var receiving = try Receiving()
        let good = counter(5, start: 1, time: 10)
        #expect(throws: OtlpRefusal.self) {
            try receiving.take(metrics(good, #"{"name":"g","gauge":"x"}"#))
        }
        receiving.receiver.rollback()
        #expect(try receiving.send(metrics(good)).samples.map(\.value) == [5])
    }

    @Test(
        "what is not read may be anything, and null is as missing",
        arguments: [
            (#"{"x":"y","resource_metrics":5}"#, OtlpRequest.Signal.metrics),
            (#"{"resourceMetrics":null}"#, .metrics),
            (#"{"resourceSpans":[{"resource":null,"scopeSpans":null,"schemaUrl":5}]}"#, .traces),
            (#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[]}]}]}"#, .metrics),
        ])
    func ignored(body: String, signal: OtlpRequest.Signal) throws {
        var receiving = try Receiving()
        let batch = try receiving.take(body, signal)
        #expect(batch.events.isEmpty && batch.rejected == 0 && batch.message == nil)
    }

    /// A field of protobuf with each wire type but its own.
    private static func others(than right: Int, _ number: UInt64) -> [[UInt8]] {
        [
            Wire.whole(number, 1), Wire.fixed(number, 1), Wire.bytes(number, []),
            Wire.varint(number << 3 | 5) + [0, 0, 0, 0],
        ].enumerated().filter { $0.offset != right }.map(\.element)
    }

    @Test("protobuf of another wire type is refused with the place")
    func wire() throws {
        let (varint, fixed, range) = (0, 1, 2)
        typealias Around = ([UInt8]) -> [UInt8]
        let metric: Around = { Wire.message(1, Wire.message(2, Wire.message(2, $0))) }
        func point(_ kind: UInt64) -> Around { { metric(Wire.message(kind, Wire.message(1, $0))) } }
        let cases: [(Around, UInt64, Int, OtlpRequest.Signal)] = [
            ({ $0 }, 1, range, .metrics), ({ $0 }, 1, range, .traces),
            ({ Wire.message(1, $0) }, 1, range, .metrics),
            ({ Wire.message(1, $0) }, 2, range, .traces),
            ({ Wire.message(1, Wire.message(2, $0)) }, 2, range, .metrics),
            (metric, 1, range, .metrics), (metric, 5, range, .metrics),
            (metric, 7, range, .metrics), (metric, 11, range, .metrics),
            (metric, 1, range, .traces), (metric, 6, varint, .traces), (metric, 7, fixed, .traces),
            (metric, 9, range, .traces), (metric, 15, range, .traces),
            ({ metric(Wire.message(7, $0)) }, 2, varint, .metrics),
            ({ metric(Wire.message(7, $0)) }, 3, varint, .metrics),
            (point(5), 3, fixed, .metrics), (point(5), 4, fixed, .metrics),
            (point(5), 6, fixed, .metrics), (point(5), 7, range, .metrics),
            (point(5), 8, varint, .metrics), (point(9), 4, fixed, .metrics),
            (point(10), 6, varint, .metrics), (point(10), 8, range, .metrics),
            (point(11), 6, range, .metrics),
        ]
        for (around, number, right, signal) in cases {
            for field in Self.others(than: right, number) {
                var receiving = try Receiving()
                let error = #expect(throws: OtlpRefusal.self, "field \(number) \(field)") {
                    try receiving.receiver.take(
                        OtlpRequest(signal: signal, encoding: .protobuf, body: around(field)))
                }
                #expect(
                    error?.message.contains(": has another wire type than OTLP gives it") == true,
                    "field \(number): \(error?.message ?? "")")
            }
        }
        // Numbers of a list may stand one by one, whatever the list.
        var receiving = try Receiving()
        let bars =
            Wire.fixed(2, at(1)) + Wire.fixed(3, at(5)) + Wire.fixed(6, 1) + Wire.fixed(6, 2)
            + Wire.double(7, 1)
        let batch = try receiving.receiver.take(
            OtlpRequest(
                signal: .metrics, encoding: .protobuf,
                body: metric(
                    Wire.text(1, "h") + Wire.message(9, Wire.message(1, bars), Wire.whole(2, 1)))))
        #expect(batch.distributions.map(\.count) == [3])
    }
}
