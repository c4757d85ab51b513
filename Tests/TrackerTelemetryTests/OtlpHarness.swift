import Testing
import TrackerLog
import TrackerTelemetry

/// A receiver, and what it makes of requests.
struct Receiving {
    /// 2026-11-23T14:00:00Z.
    static let listening: UInt64 = 1_795_442_400_000_000_000
    var receiver: OtlpReceiver

    init(current: String? = nil) throws {
        let session = try current.map { try SessionID($0) }
        receiver = OtlpReceiver(
            defaults: OtlpDefaults(user: try UserID("ann")) { _ in session },
            listeningSince: Timestamp(clamping: Double(Self.listening / 1_000_000)))
    }

    mutating func take(
        _ body: String, _ signal: OtlpRequest.Signal = .metrics
    ) throws -> OtlpBatch {
        try receiver.take(
            OtlpRequest(signal: signal, encoding: .json, body: Array(body.utf8)))
    }

    /// Takes a body as the server does when the log takes everything.
    mutating func send(
        _ body: String, _ signal: OtlpRequest.Signal = .metrics
    ) throws -> OtlpBatch {
        let batch = try take(body, signal)
        receiver.commit(batch)
        return batch
    }
}

extension OtlpBatch {
    var events: [Event] { parts.flatMap { $0.frames.flatMap(\.events) } }

    var samples: [Sample] {
        events.compactMap { if case .sample(let sample) = $0 { sample } else { nil } }
    }

    var distributions: [Distribution] {
        events.compactMap { if case .distribution(let value) = $0 { value } else { nil } }
    }

    /// As lines of the log.
    var lines: [String] {
        events.map { event in
            var bytes: [UInt8] = []
            guard EventEncoder.append(event, to: &bytes) else { return "no line: \(event)" }
            return String(decoding: bytes.dropLast(), as: UTF8.self)
        }
    }
}

/// Nanoseconds, so many seconds after the server began to listen.
func at(_ seconds: Int) -> UInt64 {
    UInt64(Int64(Receiving.listening) + Int64(seconds) * 1_000_000_000)
}

/// A request of metrics of the service `shop`.
func metrics(_ metrics: String..., attributes: String = "") -> String {
    let resource = #"{"key":"service.name","value":{"stringValue":"shop"}}"# + attributes
    return #"{"resourceMetrics":[{"resource":{"attributes":[\#(resource)]},"#
        + #""scopeMetrics":[{"metrics":[\#(metrics.joined(separator: ","))]}]}]}"#
}

func attribute(_ key: String, _ value: String) -> String {
    #"{"key":"\#(key)","value":{"stringValue":"\#(value)"}}"#
}

/// A counter that counts since `start`.
func counter(
    _ value: Int, name: String = "c", start: Int, time: Int, attributes: String = ""
) -> String {
    #"{"name":"\#(name)","unit":"{request}","sum":{"aggregationTemporality":2,"#
        + #""isMonotonic":true,"dataPoints":[{"asInt":"\#(value)","startTimeUnixNano":"\#(at(start))","#
        + #""timeUnixNano":"\#(at(time))","attributes":[\#(attributes)]}]}}"#
}
