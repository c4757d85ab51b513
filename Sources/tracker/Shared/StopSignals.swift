import Dispatch
import Glibc
import Synchronization
import TrackerLoad

/// Stops the current run and prevents further ones. Safe to use from any thread.
final class StopSwitch: Sendable {
    private struct State {
        var isStopped = false
        var run: LoadRun?
        var pause: Task<Void, Never>?
    }

    private let state = Mutex(State())

    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Executes a run; `stop` ends it early.
    func execute(_ run: LoadRun) async throws(LoadError) -> LoadSummary {
        let isStopped = state.withLock { state in
            state.run = run
            return state.isStopped
        }
        if isStopped { run.stop() }
        defer { state.withLock { $0.run = nil } }
        return try await run.execute()
    }

    /// Waits for the duration, or until `stop` is called.
    func pause(for duration: Duration) async {
        let sleep = Task {
            do { try await Task.sleep(for: duration) } catch { return }
        }
        let isStopped = state.withLock { state in
            state.pause = sleep
            return state.isStopped
        }
        if isStopped { sleep.cancel() }
        await sleep.value
        state.withLock { $0.pause = nil }
    }

    func stop() {
        let (run, pause) = state.withLock { state in
            state.isStopped = true
            return (state.run, state.pause)
        }
        run?.stop()
        pause?.cancel()
    }
}

/// Handles SIGINT and SIGTERM while the object exists: the first signal calls `onFirst`, the second
/// ends the process immediately.
final class StopSignals {
    /// The convention of shells: 128 plus the number of the signal.
    static let exitStatus: Int32 = 128 + SIGINT

    private var sources: [any DispatchSourceSignal] = []

    /// - Parameter onFirst: called once, on any thread.
    init(onFirst: @escaping @Sendable () -> Void) {
        let count = Counter()
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                guard count.isFirst() else { _exit(128 + number) }
                printError("\nStopping; send the signal again to quit at once.")
                onFirst()
            }
            source.resume()
            sources.append(source)
        }
    }

    convenience init(stop: StopSwitch) { self.init { stop.stop() } }

    private final class Counter: Sendable {
        private let signals = Atomic<Int>(0)
        func isFirst() -> Bool { signals.wrappingAdd(1, ordering: .relaxed).oldValue == 0 }
    }

    deinit {
        for source in sources { source.cancel() }
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }
}
