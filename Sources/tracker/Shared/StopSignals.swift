import Dispatch
import Glibc
import Synchronization
import TrackerLoad
import TrackerLog

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

/// Handles SIGINT, SIGTERM and SIGHUP while the object exists: the first signal calls `onFirst`, a
/// later one ends the process immediately.
///
/// A signal that was to be ignored when the process began stays so: that is what `nohup` does.
final class StopSignals {
    /// The convention of shells: 128 plus the number of the signal. The same for each of them.
    static let exitStatus: Int32 = 128 + SIGINT

    /// Whether the end of the terminal ends the command: not under `nohup`.
    static var endsAtHangup: Bool { !isIgnored(SIGHUP) }

    private let numbers: [Int32]
    private let counter = SignalCounter()
    private var sources: [any DispatchSourceSignal] = []

    /// - Parameters:
    ///   - kill: called by a later one instead; whether there is something that it has killed.
    ///   - onFirst: called once, on any thread.
    init(
        kill: (@Sendable () -> Bool)? = nil, onFirst: @escaping @Sendable () -> Void
    ) {
        numbers = [SIGINT, SIGTERM] + (Self.endsAtHangup ? [SIGHUP] : [])
        // Sources register later, on another thread: until then a signal would be lost.
        let registered = MonotonicSemaphore()
        for number in numbers {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [counter] in
                switch counter.count(at: .now) {
                case .stop:
                    let end = kill == nil ? "quit at once" : "kill what is running"
                    printError("\nStopping; send the signal again to \(end).")
                    onFirst()
                case .repeated: break
                case .quit:
                    if kill?() != true { _exit(128 + number) }
                }
            }
            source.setRegistrationHandler { registered.signal() }
            source.resume()
            sources.append(source)
        }
        for _ in numbers { registered.wait() }
    }

    convenience init(stop: StopSwitch) { self.init { stop.stop() } }

    deinit {
        for source in sources { source.cancel() }
        // After a stop the process is about to end, with the exit status that says so.
        guard !counter.hasCounted else { return }
        for number in numbers { signal(number, SIG_DFL) }
    }
}

/// Decides what a signal means, by those before it.
final class SignalCounter: Sendable {
    enum Meaning: Sendable, Hashable {
        /// The first one.
        case stop
        /// The same wish once more.
        case repeated
        /// The wish to end at once.
        case quit
    }

    /// Signals within this time are one: `timeout` and a terminal that is closed send several. As
    /// long as requests in flight may take after a stop.
    static let window = Duration.seconds(1)

    private let first = Mutex<ContinuousClock.Instant?>(nil)

    var hasCounted: Bool { first.withLock { $0 != nil } }

    func count(at now: ContinuousClock.Instant) -> Meaning {
        first.withLock { first in
            guard let begin = first else {
                first = now
                return .stop
            }
            return now - begin < Self.window ? .repeated : .quit
        }
    }
}

/// Whether the process ignores a signal.
private func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(number, nil, &action) == 0 else { return false }
    let handler = unsafe action.__sigaction_handler.sa_handler
    return unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
}
