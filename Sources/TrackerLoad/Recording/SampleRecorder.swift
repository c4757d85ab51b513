import NIOCore
import NIOPosix
import Synchronization
import TrackerLog

/// Turns finished requests into samples and hands them to the log, on a thread of its own.
///
/// The event loops that send never wait for the log: what waits is bounded by
/// `LoadLimits.maxWaitingRecords`, and what comes on top is counted in `unrecorded`. The tally
/// counts every request, recorded or not.
final class SampleRecorder: LoadObserver {
    private struct Clock {
        var startUnixMs = 0.0
        var start = NIODeadline.uptimeNanoseconds(0)
    }

    private let sink: any EventSink
    private let run: String
    private let plan: LoadPlan
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let loop: any EventLoop
    private let clock = Mutex(Clock())
    private let tally = Mutex(LoadTally())
    private let labels = Mutex<[LabelKey: [Label]]>([:])
    private let waiting = Atomic<Int>(0)
    private let dropped = Atomic<UInt64>(0)

    private struct LabelKey: Hashable {
        var template: Int32
        var outcome: Outcome
    }

    init(sink: any EventSink, run: String, plan: LoadPlan) {
        self.sink = sink
        self.run = run
        self.plan = plan
        loop = group.next()
    }

    func began(unixMs: Double) {
        clock.withLock { $0 = Clock(startUnixMs: unixMs, start: .now()) }
    }

    func completed(_ batch: [CompletedRequest]) {
        guard waiting.load(ordering: .relaxed) < LoadLimits.maxWaitingRecords else {
            dropped.wrappingAdd(UInt64(batch.count), ordering: .relaxed)
            tally.withLock { $0.add(batch) }
            return
        }
        waiting.wrappingAdd(batch.count, ordering: .relaxed)
        loop.execute { [self] in
            tally.withLock { $0.add(batch) }
            write(batch)
            waiting.wrappingSubtract(batch.count, ordering: .relaxed)
        }
    }

    /// Waits until everything handed over was given to the sink, and ends the thread.
    /// - Returns: the counts of the whole run, and how many requests have no sample.
    func finish() async throws(LoadError) -> (tally: LoadTally, unrecorded: UInt64) {
        do {
            try await loop.submit {}.get()
            try await group.shutdownGracefully()
        } catch {
            throw .log(reason: "the recorder's thread did not end: \(error)")
        }
        return (tally.withLock { $0 }, dropped.load(ordering: .relaxed))
    }

    func progress() -> LoadProgress {
        let start = clock.withLock { $0.start }
        let elapsedNs =
            start.uptimeNanoseconds == 0 ? 0 : (NIODeadline.now() - start).nanoseconds
        return tally.withLock { $0.lastSecond(elapsedNs: elapsedNs) }
    }

    private func write(_ batch: [CompletedRequest]) {
        let startUnixMs = clock.withLock { $0.startUnixMs }
        var isOpen = false
        if case .open = plan.model { isOpen = true }
        var lost: UInt64 = 0
        labels.withLock { known in
            for request in batch {
                let key = LabelKey(template: request.template, outcome: request.outcome)
                let labels = known[key] ?? makeLabels(key)
                known[key] = labels
                var sample = Sample(
                    timestampMs: startUnixMs + Double(request.intendedNs) / 1e6,
                    metric: LoadMetric.latency, value: request.responseMs, unit: "ms", run: run,
                    labels: labels, ok: request.outcome.ok)
                var taken = sink.append(sample)
                if isOpen {
                    sample.timestampMs = startUnixMs + Double(request.startNs) / 1e6
                    sample.metric = LoadMetric.service
                    sample.value = request.serviceMs
                    taken = sink.append(sample) && taken
                }
                if !taken { lost += 1 }
            }
        }
        if lost > 0 { dropped.wrappingAdd(lost, ordering: .relaxed) }
    }

    private func makeLabels(_ key: LabelKey) -> [Label] {
        [
            Label("route", plan.requests[Int(key.template)].route),
            Label("status", key.outcome.label),
        ]
    }
}
