/// A metric with its labels, validated and encoded once: the fastest way to append many samples.
///
///     let latency = try Series(metric: "http.latency_ms", labels: [Label("route", "/")])
///     writer.append(12.5, at: .now, to: latency)
public final class Series: Sendable {
    public let metric: String
    public let unit: String?
    public let run: String?
    public let labels: [Label]
    /// `,"metric":"…","value":`
    let beforeValue: [UInt8]
    /// The text after the value, except `ok` and the closing brace.
    let afterValue: [UInt8]

    /// - Throws: `LogError.invalidEvent` when no sample could be written: the metric is empty or
    ///   too long, a name is too long, there are too many labels, or two labels have the same name.
    public init(
        metric: String, unit: String? = nil, run: String? = nil, labels: [Label] = []
    ) throws(LogError) {
        guard EventEncoder.isSeries(metric: metric, unit: unit, run: run, labels: labels),
            let beforeValue = Self.text({ EventEncoder.put(metric: metric, to: &$0) }),
            let afterValue = Self.text({
                EventEncoder.put(unit: unit, run: run, labels: labels, to: &$0)
            })
        else { throw .invalidEvent(index: 0) }
        self.metric = metric
        self.unit = unit
        self.run = run
        self.labels = labels
        self.beforeValue = beforeValue
        self.afterValue = afterValue
    }

    /// - Returns: `nil` when it is longer than a line may be.
    private static func text(_ put: (inout ByteWriter) -> Void) -> [UInt8]? {
        var text: [UInt8]?
        _ = unsafe EventEncoder.withLine { cursor in
            put(&cursor)
            return cursor.isFull ? .noRoom : .line
        } use: { written in
            text = unsafe Array(written)
        }
        return text
    }
}

extension EventEncoder {
    /// Encodes a sample of a series that is already encoded.
    static func encode(
        _ value: Double, at timestamp: Timestamp, ok: Bool?, _ series: Series,
        to cursor: inout ByteWriter
    ) -> Outcome {
        guard value.isFinite else { return .refused }
        cursor.put(#"{"ts":"#)
        cursor.put(number: timestamp.milliseconds)
        cursor.put(bytes: series.beforeValue)
        cursor.put(number: value)
        cursor.put(bytes: series.afterValue)
        put(ok: ok, to: &cursor)
        return finish(&cursor)
    }
}
