import TrackerLog
import TrackerTelemetry
import TrackerTestSupport

/// An export of any bytes. The lowest two bits of the first byte say which of the two signals in
/// which of the two encodings it is.
enum OtlpTarget {
    private static let now = Timestamp(clamping: 1_763_899_200_000)

    static func complaint(about input: [UInt8]) -> String? {
        guard let choice = input.first, let user = UserID(directoryName: "ann") else { return nil }
        var receiver = OtlpReceiver(
            defaults: OtlpDefaults(user: user) { _ in nil }, listeningSince: now)
        let body = Array(input.dropFirst())
        let events: [Event]
        do throws(OtlpRefusal) {
            events = try take(body, choice, &receiver)
        } catch {
            return error.message.isEmpty ? "refused without a reason" : nil
        }
        for event in events {
            var line: [UInt8] = []
            guard EventEncoder.append(event, to: &line), line.count <= LogLimits.maxLineBytes else {
                return "taken, but the log has no place for \(event)"
            }
            if let complaint = LineTarget.roundTrip(Array(line.dropLast())) { return complaint }
        }
        return again(body, choice, &receiver)
    }

    private static func take(
        _ body: [UInt8], _ choice: UInt8, _ receiver: inout OtlpReceiver
    ) throws(OtlpRefusal) -> [Event] {
        let batch = try receiver.take(
            OtlpRequest(
                signal: choice & 1 == 0 ? .metrics : .traces,
                encoding: choice & 2 == 0 ? .protobuf : .json, body: body))
        receiver.commit(batch)
        return batch.parts.flatMap { $0.frames.flatMap(\.events) }
    }

    /// The same counts in other bytes: a space behind JSON, a field that nobody knows behind
    /// protobuf. Levels and intervals of many times in one series may be older than what is
    /// remembered, and spans may have no id.
    private static func again(
        _ body: [UInt8], _ choice: UInt8, _ receiver: inout OtlpReceiver
    ) -> String? {
        // An empty body is a request of nothing, in JSON as well; a space is not.
        guard !body.isEmpty else { return nil }
        do throws(OtlpRefusal) {
            let more: [UInt8] = choice & 2 == 0 ? [0xF8, 0x07, 0] : [0x20]
            let events = try take(body + more, choice, &receiver)
            let grown = events.contains { if case .distribution = $0 { true } else { false } }
            return grown && body.count < 200 ? "the same counts added something again" : nil
        } catch {
            return "the same body with something behind it is refused: \(error.message)"
        }
    }

    static func seeds() -> [[UInt8]] {
        let point =
            #"{"asInt":"5","startTimeUnixNano":"1763899201000000000","timeUnixNano":"#
            + #""1763899202000000000","attributes":[{"key":"k","value":{"stringValue":"v"}}]}"#
        let metric =
            #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"c","unit":"By","sum":"#
            + #"{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[\#(point)]}}]}]}]}"#
        let span =
            #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"ab","spanId":"cd","kind":2,"#
            + #""startTimeUnixNano":"1763899201000000000","endTimeUnixNano":"1763899202000000000","#
            + #""name":"GET /"}]}]}]}"#
        return [[2] + Array(metric.utf8), [3] + Array(span.utf8)] + binarySeeds
    }

    /// A counter, a histogram, an exponential histogram and a span, in protobuf.
    private static let binarySeeds: [[UInt8]] = [
        [0]
            + metric(
                7, point: fixed(2, 1) + fixed(3, 2) + fixed(6, 9) + attribute,
                more: [0x10, 2, 0x18, 1]),
        [0]
            + metric(
                9,
                point: fixed(2, 1) + fixed(3, 2) + part(6, fixed(3) + fixed(4))
                    + part(7, fixed(0x3FF0_0000_0000_0000)), more: [0x10, 2]),
        [0]
            + metric(
                10,
                point: fixed(2, 1) + fixed(3, 2) + [0x30, 3]
                    + part(8, [0x08, 4] + part(2, [1, 2])),
                more: [0x10, 1]),
        [1] + part(1, part(2, part(2, span))),
    ]

    private static let span =
        part(2, [1, 2]) + part(5, [0x61]) + [0x30, 2] + fixed(7, 1) + fixed(8, 2)
    private static let attribute = part(7, part(1, [0x6B]) + part(2, part(1, [0x76])))

    private static func metric(_ kind: UInt8, point: [UInt8], more: [UInt8]) -> [UInt8] {
        part(1, part(2, part(2, part(1, [0x6D]) + part(kind, part(1, point) + more))))
    }

    private static func part(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(content.count)] + content
    }

    /// Seconds since the server listens, or what is no time.
    private static func fixed(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    private static func fixed(_ number: UInt8, _ value: UInt64) -> [UInt8] {
        let start: UInt64 = 1_763_899_200_000_000_000
        return [number << 3 | 1] + fixed(value < 100 ? start + value * 1_000_000_000 : value)
    }
}
