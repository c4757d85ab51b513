/// A notice to the program about its disk: once when a problem begins and once when it ends, at
/// most every `LogLimits.noticeIntervalMilliseconds`.
public enum WriterNotice: Sendable, Hashable, CustomStringConvertible {
    /// Events cannot be written. They are kept in memory and retried; when the queue is full the
    /// policy decides.
    case failing(LogError)
    /// Events are written again; `dropped` were lost meanwhile, which the log records too.
    case recovered(dropped: Int)
    /// The current segment was removed, with the events in it; the writer continues in a new one.
    case segmentRemoved(path: String)

    public var description: String {
        switch self {
        case .failing(let error): "events are queued in memory: \(error)"
        case .recovered(0): "events are written again; none was dropped"
        case .recovered(let dropped): "events are written again; \(dropped) were dropped"
        case .segmentRemoved(let path):
            "\(path) was removed while it was being written, with the events in it:"
                + " writing continues in a new segment"
        }
    }
}

/// Decides which notices are sent: bounded, however often the disk fails and recovers.
struct NoticeGate {
    private let intervalMs: Int
    private let give: (@Sendable (WriterNotice) -> Void)?
    private var isFailing = false
    private var lastFailingMs: Int?
    private var lastRemovedMs: Int?

    init(intervalMs: Int, give: (@Sendable (WriterNotice) -> Void)?) {
        self.intervalMs = intervalMs
        self.give = give
    }

    mutating func failing(_ error: LogError, nowMs: Int) {
        guard !isFailing, Self.isOver(lastFailingMs, intervalMs, nowMs) else { return }
        isFailing = true
        lastFailingMs = nowMs
        give?(.failing(error))
    }

    mutating func works(dropped: Int) {
        guard isFailing else { return }
        isFailing = false
        give?(.recovered(dropped: dropped))
    }

    mutating func removed(_ path: String, nowMs: Int) {
        guard Self.isOver(lastRemovedMs, intervalMs, nowMs) else { return }
        lastRemovedMs = nowMs
        give?(.segmentRemoved(path: path))
    }

    private static func isOver(_ last: Int?, _ intervalMs: Int, _ nowMs: Int) -> Bool {
        last.map { nowMs - $0 >= intervalMs } ?? true
    }
}
