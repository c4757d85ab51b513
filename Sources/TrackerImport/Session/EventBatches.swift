package import TrackerLog

/// Cuts events into frames for the log. Where it cuts depends on the events alone: the same file
/// imported again has the same frames, which count once.
package struct EventBatches {
    private var events: [Event] = []
    private var bytes = 0
    private var firstMs: Double?

    package init() {}

    /// - Parameter take: receives each batch that is full.
    package mutating func add(
        _ new: [Event], _ take: ([Event]) throws(LogError) -> Void
    ) throws(LogError) {
        // Events are copied in runs, since each copy counts references.
        var start = 0
        for index in new.indices {
            let ms = new[index].timestamp.milliseconds
            let isLater = firstMs.map { ms >= $0 + 1_000 } ?? false
            if isLater || bytes >= LogLimits.targetFrameContentBytes {
                events += new[start..<index]
                start = index
                try flush(take)
            }
            if firstMs == nil { firstMs = ms }
            bytes += Self.bytes(of: new[index])
        }
        events += new[start...]
    }

    package mutating func flush(_ take: ([Event]) throws(LogError) -> Void) throws(LogError) {
        guard !events.isEmpty else { return }
        let batch = events
        (events, bytes, firstMs) = ([], 0, nil)
        try take(batch)
    }

    /// About how long the line is.
    private static func bytes(of event: Event) -> Int {
        switch event {
        case .distribution(let distribution): 300 + 14 * distribution.histogram.count
        case .sample: 200
        default: 2_000
        }
    }
}
