package import TrackerLog

/// A span of a server or of a client: one request.
package struct OtlpSpan {
    package enum Kind {
        case server, client

        /// - Returns: `nil` for spans within a program, and for messages: they are no requests.
        package init?(_ span: OtlpMessage) {
            switch (span.whole(.kind), span.text(.kind)) {
            case (2?, _), (_, "SPAN_KIND_SERVER"?): self = .server
            case (3?, _), (_, "SPAN_KIND_CLIENT"?): self = .client
            default: return nil
            }
        }

        /// Not the names of the metrics that the same libraries send: those would count each
        /// request a second time.
        var metric: String {
            switch self {
            case .server: "server.latency_ms"
            case .client: "client.latency_ms"
            }
        }
    }

    /// Of trace and span, in hex.
    package let id: String?
    package let start: Timestamp
    package let end: Timestamp
    package let milliseconds: Double
    private let kind: Kind
    private let name: String
    private let attributes: OtlpAttributes
    /// Without an error the label `status` decides: a server's span of a 404 has none.
    package let ok: Bool?

    package init?(_ span: OtlpMessage, _ kind: Kind) {
        guard let from = span.nanoseconds(.startTimeUnixNano),
            let start = span.time(.startTimeUnixNano),
            let to = span.nanoseconds(.endTimeUnixNano), let end = span.time(.endTimeUnixNano),
            to >= from
        else { return nil }
        self.start = start
        self.end = end
        self.kind = kind
        milliseconds = Double(to - from) / 1e6
        // An id of zeros is none: a program that sends it gives all its spans the same one.
        if let trace = span.identifier(.traceId), let own = span.identifier(.spanId),
            trace.contains(where: { $0 != "0" }), own.contains(where: { $0 != "0" })
        {
            id = "\(trace)-\(own)".shortened(toBytes: Self.maxIDBytes)
        } else {
            id = nil
        }
        name = span.text(.name) ?? ""
        attributes = OtlpAttributes(span.messages(.attributes))
        let code = span.message(.status)
        let isError = code?.whole(.code) == 2 || code?.text(.code) == "STATUS_CODE_ERROR"
        ok = isError ? false : nil
    }

    /// 16 bytes of trace, 8 of span, as hex; JSON may have anything.
    private static let maxIDBytes = 64

    package var metric: String { kind.metric }

    /// - Parameters:
    ///   - service: what sent it, by `OtlpSpan.service`.
    ///   - bytes: of a value; a longer one is cut.
    package func labels(service: String, toBytes bytes: Int) -> [Label] {
        let method = attributes.first(of: ["http.request.method", "http.method"])
        let status = attributes.first(of: ["http.response.status_code", "http.status_code"])
        var labels = [Label("service", service)]
        func add(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            labels.append(Label(name, value.shortened(toBytes: bytes)))
        }
        add("route", route(isHTTP: method != nil || status != nil))
        add("method", method)
        add("status", status)
        if kind == .client {
            add("peer", attributes.first(of: ["server.address", "net.peer.name", "peer.service"]))
        }
        add("system", attributes.first(of: Self.systems))
        return labels
    }

    /// What sends, by the attributes of its resource.
    package static func service(_ resource: OtlpAttributes, toBytes bytes: Int) -> String {
        (resource["service.name"] ?? "unknown_service").shortened(toBytes: bytes)
    }

    private static let systems = [
        "rpc.system.name", "rpc.system", "db.system.name", "db.system", "messaging.system",
    ]

    /// A path is no route: each may have an id in it. What is no HTTP has the span's name, which
    /// says for example `SELECT orders`.
    private func route(isHTTP: Bool) -> String? {
        attributes.first(of: ["http.route", "url.template"]) ?? (isHTTP ? nil : name)
    }
}
