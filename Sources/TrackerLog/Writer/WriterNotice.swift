/// What a writer tells its program about its disk: once when a trouble begins, once when it ends,
/// and not more often than every `LogLimits.noticeIntervalMilliseconds`.
public enum WriterNotice: Sendable, Hashable, CustomStringConvertible {
    /// The disk does not take events. They are kept in memory, up to a bound, and tried again; then
    /// the policy decides.
    case failing(LogError)
    /// It takes them again. So many events were dropped; the log says so as well.
    case recovered(dropped: Int)
    /// Somebody has removed the segment that was being written, and with it what it held; the
    /// writer goes on in a new one.
    case segmentRemoved(path: String)

    public var description: String {
        switch self {
        case .failing(let error): "events wait in memory: \(error)"
        case .recovered(0): "events are written again; none was dropped"
        case .recovered(let dropped): "events are written again; \(dropped) were dropped"
        case .segmentRemoved(let path):
            "\(path) was removed while it was being written, with the events in it:"
                + " writing goes on in a new segment"
        }
    }
}

/// Decides which notices are given: bounded, however often the disk changes its mind.
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
