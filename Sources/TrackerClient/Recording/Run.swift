import Synchronization
public import TrackerLog

/// One load test of a session: between its beginning and its end stand its samples.
///
/// Made by ``Recording/run(test:target:params:id:_:)``, which ends it as well, or by
/// ``Recording/startRun(test:target:params:id:)``.
public final class Run: Recorder {
    /// Unique in the session, for example `run-20261123-140211-9f3c77aa`.
    public let id: String
    /// Kept open as long as one of its runs is held.
    private let recording: Recording
    private let state: Mutex<State>

    private struct State {
        var summary = JSONValue.emptyObject
        var hasEnded = false
    }

    init(id: String, of recording: Recording) {
        self.id = id
        self.recording = recording
        state = Mutex(State())
    }

    /// What the tool itself reports, an object: kept with the run's end, never mixed with what is
    /// computed from samples.
    ///
    ///     run.summary = ["total_requests": 1000, "failed_requests": 3]
    public var summary: JSONValue {
        get { state.withLock { $0.summary } }
        set { state.withLock { $0.summary = newValue } }
    }

    /// Queues one sample of this run, whatever run it names.
    @discardableResult
    public func record(_ sample: Sample) -> Bool {
        var sample = sample
        sample.run = id
        return recording.writer.append(sample)
    }

    /// Queues a remark on this run, which its page shows.
    @discardableResult
    public func note(_ text: String) -> Bool {
        recording.writer.append(
            .edit(Edit(timestamp: .now, kind: .note, text: text, run: id)))
    }

    /// Ends the run, and writes what is queued. Only the first call counts.
    ///
    /// - Parameters:
    ///   - state: how it ended.
    ///   - reason: why it failed or was stopped: the member `error` of the summary.
    public func end(_ state: RunFinished.State = .finished, reason: String? = nil) {
        let summary = self.state.withLock { state -> JSONValue? in
            guard !state.hasEnded else { return nil }
            state.hasEnded = true
            return state.summary
        }
        guard var summary else { return }
        if let reason, case .object(let members) = summary {
            summary = .object(
                members.filter { $0.key != "error" } + [.init("error", .string(reason))])
        }
        recording.writer.append(
            .runFinished(
                RunFinished(
                    timestamp: .now, run: id, state: state, summary: summary)))
        // What the disk does not take stays queued, and is told by the recording's flush and close.
        do throws(LogError) { try recording.writer.flush() } catch {}
    }
}

extension Recording {
    /// Records a run: `run_started`, what the body records, `run_finished`.
    ///
    ///     try recording.run(
    ///         test: "warm cache", target: "http://localhost:3000/",
    ///         params: ["cache": "warm", "size": 100]
    ///     ) { run in
    ///         run.sample("http.latency_ms", 12.5, unit: "ms", labels: ["route": "/"])
    ///         try run.measure("db.query_ms") { try query() }
    ///     }
    ///
    /// The host, the commit and whether the working tree differs from it are kept with the run.
    ///
    /// - Parameters:
    ///   - test: the kind of test, for example `load_test`.
    ///   - target: what is tested, usually a URL: runs of one target are compared.
    ///   - params: how it is tested, an object.
    ///   - id: unique in the session and at most `LogLimits/maxNameBytes` bytes; made up when
    ///     `nil`.
    /// - Returns: what the body returns; the run is then `finished`.
    /// - Throws: what the body throws. The run is then `failed`, with the error as the reason;
    ///   `stopped` when it is a `CancellationError`.
    public func run<Result, Failure: Error>(
        test: String? = nil, target: String? = nil, params: JSONValue = .emptyObject,
        id: String? = nil, _ body: (Run) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let run = startRun(test: test, target: target, params: params, id: id)
        do throws(Failure) {
            let result = try body(run)
            run.end()
            return result
        } catch {
            run.end(error is CancellationError ? .stopped : .failed, reason: "\(error)")
            throw error
        }
    }

    /// The same for a body that waits. It runs where the caller does.
    public func run<Result, Failure: Error>(
        test: String? = nil, target: String? = nil, params: JSONValue = .emptyObject,
        id: String? = nil, _ body: (Run) async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let run = startRun(test: test, target: target, params: params, id: id)
        do throws(Failure) {
            let result = try await body(run)
            run.end()
            return result
        } catch {
            run.end(error is CancellationError ? .stopped : .failed, reason: "\(error)")
            throw error
        }
    }

    /// Begins a run that the program ends itself, with ``Run/end(_:reason:)``: for one that does
    /// not fit into a closure. A run that is never ended is shown as unfinished.
    public func startRun(
        test: String? = nil, target: String? = nil, params: JSONValue = .emptyObject,
        id: String? = nil
    ) -> Run {
        startRun(test: test, target: target, params: params, id: id, commit: nil)
    }

    /// The same of a commit that is not the one of the recording.
    package func startRun(
        test: String?, target: String?, params: JSONValue, id: String?, commit: GitCommit?
    ) -> Run {
        let run = Run(id: id ?? RunNaming.generate(), of: self)
        writer.append(
            .runStarted(
                RunStarted(
                    timestamp: .now, run: run.id, test: test, target: target,
                    params: params, commit: commit?.hash ?? self.commit,
                    environment: HostEnvironment.capture().json(git: commit ?? git))))
        return run
    }
}
