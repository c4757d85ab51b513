import Testing
import TrackerLog
import TrackerTelemetry

@Suite("OTLP: spans, runs and sessions")
struct OtlpSpanTests {
    private static func span(
        _ id: String, kind: Int = 2, ms: Int = 25, name: String = "GET /a", status: String = "{}",
        _ attributes: String...
    ) -> String {
        let end = Int64(at(3)) + Int64(ms) * 1_000_000
        return
            #"""
            {"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"\#(id)","name":"\#(name)","kind":\#(kind),"startTimeUnixNano":"\#(at(3))","endTimeUnixNano":"\#(end)","status":\#(status),"attributes":[\#(attributes.joined(separator: ","))]}
            """#
    }

    private static func traces(_ spans: String..., resource: String = "") -> String {
        #"""
        {"resourceSpans":[{"resource":{"attributes":[\#(attribute("service.name", "shop"))\#(resource)]},"scopeSpans":[{"spans":[\#(spans.joined(separator: ","))]}]}]}
        """#
    }

    @Test("spans of servers and clients become latencies, those within a program do not")
    func latencies() throws {
        var receiving = try Receiving()
        let batch = try receiving.send(
            Self.traces(
                Self.span(
                    "01", attribute("http.route", "/a/{id}"), attribute("http.method", "GET"),
                    #"{"key":"http.response.status_code","value":{"intValue":"404"}}"#),
                Self.span(
                    "02", kind: 3, ms: 5, name: "GET", status: #"{"code":2}"#,
                    attribute("http.request.method", "GET"), attribute("server.address", "db1"),
                    attribute("url.full", "http://db1/very/long")),
                Self.span("03", kind: 3, name: "SELECT orders", attribute("db.system.name", "pg")),
                Self.span("04", kind: 1), Self.span("05", kind: 4)), .traces)
        #expect(batch.rejected == 0)
        #expect(
            batch.samples.map(\.metric) == [
                "server.latency_ms", "client.latency_ms", "client.latency_ms",
            ])
        #expect(batch.samples.map(\.value) == [25, 5, 25])
        #expect(batch.samples.allSatisfy { $0.unit == "ms" })
        #expect(batch.samples.map(\.ok) == [nil, false, nil])
        let labels = batch.samples.map { $0.labels.map { "\($0.name)=\($0.value)" } }
        #expect(labels[0] == ["service=shop", "route=/a/{id}", "method=GET", "status=404"])
        #expect(labels[1] == ["service=shop", "method=GET", "peer=db1"])
        #expect(labels[2] == ["service=shop", "route=SELECT orders", "system=pg"])
    }

    @Test("a span counts once, also in another body")
    func once() throws {
        var receiving = try Receiving()
        #expect(try receiving.send(Self.traces(Self.span("01")), .traces).samples.count == 1)
        let second = try receiving.send(
            Self.traces(Self.span("01"), Self.span("02"), Self.span("02")), .traces)
        #expect(second.samples.count == 1)
        let lost = try receiving.take(Self.traces(Self.span("03")), .traces)
        receiving.receiver.rollback()
        #expect(lost.samples.count == 1)
        #expect(try receiving.send(Self.traces(Self.span("03")), .traces).samples.count == 1)
    }

    @Test("a body counts once for each route and type that it is sent with")
    func routes() throws {
        var receiving = try Receiving()
        let span = Self.traces(Self.span("01"))
        let both = String(
            metrics(counter(5, start: 1, time: 10)).dropLast() + "," + span.dropFirst())
        let counted = try receiving.send(both, .metrics)
        let traced = try receiving.send(both, .traces)
        #expect(counted.samples.map(\.metric) == ["c"])
        #expect(traced.samples.map(\.metric) == ["server.latency_ms"])
        let writers = [counted, traced].flatMap { batch in
            batch.parts.flatMap { $0.frames.compactMap(\.identity?.writer) }
        }
        #expect(Set(writers).count == 2, "frames of one identity count once")
        #expect(try receiving.send(both, .metrics).events.isEmpty)
        #expect(try receiving.send(both, .traces).events.isEmpty)
        // Read as protobuf, it is no message.
        #expect(throws: OtlpRefusal.self) {
            try receiving.receiver.take(
                OtlpRequest(signal: .metrics, encoding: .protobuf, body: Array(both.utf8)))
        }
    }

    @Test("a span that ends before it begins is not taken, and named in the answer")
    func backwards() throws {
        var receiving = try Receiving()
        let batch = try receiving.send(
            Self.traces(Self.span("01", ms: -5), Self.span("02")), .traces)
        #expect(batch.samples.count == 1 && batch.rejected == 1)
        #expect(batch.message?.contains("end before they begin") == true)
    }

    @Test("a resource is a run with a target, which ends with its last event so far")
    func runs() throws {
        var receiving = try Receiving()
        let first = try receiving.send(Self.traces(Self.span("01")), .traces)
        guard case .runStarted(let started)? = first.events.first else {
            Issue.record("no start: \(first.lines)")
            return
        }
        #expect(started.target == "shop" && started.test == "opentelemetry")
        #expect(started.environment["service.name"] == .string("shop"))
        #expect(first.samples.first?.run == started.run && started.run.hasPrefix("shop-"))
        #expect(first.parts.map(\.session.value) == ["otel-20261123"])
        #expect(first.parts.map(\.user.value) == ["ann"])
        let second = try receiving.send(Self.traces(Self.span("02", ms: 90)), .traces)
        guard case .runFinished(let end)? = second.events.first else {
            Issue.record("no end: \(second.lines)")
            return
        }
        #expect(end.run == started.run && end.timestamp.milliseconds == Double(at(3)) / 1e6 + 90)
        #expect(second.events.count == 2, "the start is told once: \(second.lines)")
    }

    @Test("the session: of the resource, else of the header, else the current one")
    func sessions() throws {
        func session(current: String?, header: String?, resource: String) throws -> String {
            var receiving = try Receiving(current: current)
            return try receiving.receiver.take(
                OtlpRequest(
                    signal: .traces, encoding: .json,
                    body: Array(Self.traces(Self.span("01"), resource: resource).utf8),
                    session: header)
            ).parts.map { "\($0.user)/\($0.session)" }.joined()
        }
        #expect(try session(current: "now", header: nil, resource: "") == "ann/now")
        #expect(try session(current: "now", header: "h", resource: "") == "ann/h")
        let own = "," + attribute("tracker.session", "r") + "," + attribute("tracker.user", "bob")
        #expect(try session(current: "now", header: "h", resource: own) == "bob/r")
        let long = "," + attribute("tracker.session", String(repeating: "x", count: 300))
        #expect(throws: OtlpRefusal.self) {
            try session(current: nil, header: nil, resource: long)
        }
        for step in [".", ".."] {
            for key in ["tracker.session", "tracker.user"] {
                let error = #expect(throws: OtlpRefusal.self) {
                    try session(
                        current: nil, header: nil, resource: "," + attribute(key, step))
                }
                #expect(error?.message.contains("no URL can hold") == true)
            }
            #expect(throws: OtlpRefusal.self) {
                try session(current: nil, header: step, resource: "")
            }
        }
    }
}
