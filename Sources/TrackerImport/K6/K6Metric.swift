import TrackerLog

/// What is made of the points of one metric.
struct K6Metric {
    enum Kind {
        /// The latency of a request: a sample.
        case latency
        /// One of the parts of a request's time: counted by second.
        case part
        /// A duration of anything else, or any other value that has percentiles: a sample.
        case trend(unit: String?, isDuration: Bool)
        /// A state, such as the number of users: a sample.
        case gauge(unit: String?)
        /// Ones and zeros: counted by second.
        case rate
        /// Only its sum means something.
        case counter
    }

    let name: [UInt8]
    let text: String
    var kind: Kind
    /// Whether the file or k6 itself says what it is.
    var isKnown: Bool
    /// Of counters the sum, of rates the ones.
    var sum = 0.0
    var points = 0

    init(_ name: ByteView) {
        self.name = name.array
        text = name.text
        if let known = Self.builtIn[text] {
            (kind, isKnown) = (known, true)
        } else {
            (kind, isKnown) = (.trend(unit: nil, isDuration: false), false)
        }
    }

    /// As a line of type `Metric` says.
    mutating func declare(type: String, contains: String) {
        guard !isKnown else { return }
        isKnown = true
        let unit: String? =
            switch contains {
            case "time": "ms"
            case "data": "bytes"
            default: nil
            }
        switch type {
        case "counter": kind = .counter
        case "gauge": kind = .gauge(unit: unit)
        case "rate": kind = .rate
        default: kind = .trend(unit: unit, isDuration: contains == "time")
        }
    }

    private static let builtIn: [String: Kind] = [
        "http_req_duration": .latency,
        "http_req_blocked": .part, "http_req_connecting": .part,
        "http_req_tls_handshaking": .part, "http_req_sending": .part,
        "http_req_waiting": .part, "http_req_receiving": .part,
        "http_reqs": .counter, "http_req_failed": .rate, "checks": .rate,
        "iterations": .counter, "dropped_iterations": .counter,
        "data_sent": .counter, "data_received": .counter,
        "iteration_duration": .trend(unit: "ms", isDuration: true),
        "group_duration": .trend(unit: "ms", isDuration: true),
        "vus": .gauge(unit: nil), "vus_max": .gauge(unit: nil),
        "ws_connecting": .trend(unit: "ms", isDuration: true),
        "ws_session_duration": .trend(unit: "ms", isDuration: true),
        "ws_ping": .trend(unit: "ms", isDuration: true), "ws_sessions": .counter,
        "ws_msgs_sent": .counter, "ws_msgs_received": .counter,
        "grpc_req_duration": .trend(unit: "ms", isDuration: true),
    ]
}
