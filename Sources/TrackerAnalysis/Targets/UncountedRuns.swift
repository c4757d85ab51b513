import TrackerIndexer
import TrackerLog

/// Runs of a commit that are in no group of its finished runs: what they measured is not whole.
package struct UncountedRuns: Sendable, Hashable {
    package var failed = 0
    package var stopped = 0
    /// Without an end: killed, or the machine went down.
    package var unfinished = 0
    package var running = 0

    package init() {}

    init(_ states: [RunSummary.State]) {
        for state in states { add(state) }
    }

    private mutating func add(_ state: RunSummary.State) {
        switch state {
        case .failed: failed += 1
        case .stopped: stopped += 1
        case .running: running += 1
        case .unfinished, .unannounced, .beyondLimit: unfinished += 1
        case .finished: break
        }
    }

    mutating func add(_ other: UncountedRuns) {
        failed += other.failed
        stopped += other.stopped
        unfinished += other.unfinished
        running += other.running
    }

    /// `not counted: 2 failed, 1 stopped`; empty where all runs count.
    package var text: String {
        let parts = [
            (failed, "failed"), (stopped, "stopped"), (unfinished, "without an end"),
            (running, "not ended yet"),
        ].filter { $0.0 > 0 }
        guard !parts.isEmpty else { return "" }
        return "not counted: " + parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    var json: JSONValue {
        .object([
            .init("failed", .integer(failed)), .init("stopped", .integer(stopped)),
            .init("unfinished", .integer(unfinished)), .init("running", .integer(running)),
        ])
    }
}
