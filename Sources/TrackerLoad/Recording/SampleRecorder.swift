import NIOCore
import NIOPosix
import Synchronization
package import TrackerLog

/// The result of recording a run.
package struct Recorded: Sendable {
    /// The counts of the whole run.
    package var tally = LoadTally()
    /// Number of requests that are in no sample and no distribution.
    package var unrecorded: UInt64 = 0
    /// Nanoseconds after the run's start from which the log has distributions; `nil` when it has
    /// samples only.
    package var secondsFromNs: Int64?

    package init() {}
}

/// Turns finished requests into samples and appends them to the log, on a separate thread.
///
/// The sending event loops never wait for the log: the backlog is limited by
/// `LoadLimits.maxWaitingRecords`, and requests beyond it are counted as `unrecorded`. The tally
/// counts every request, recorded or not.
package final class SampleRecorder: LoadObserver {
    private struct Clock {
        var startTime = Timestamp.epoch
        var start = NIODeadline.uptimeNanoseconds(0)
    }

    private let sink: any EventSink
    private let run: String
    private let plan: LoadPlan
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let loop: any EventLoop
    private let clock = Mutex(Clock())
    private let tally = Mutex(LoadTally())
    private let output = Mutex(Output())
    private let detail: RecordingDetail
    private let warmupNs: Int64
    private let waiting = Atomic<Int>(0)
    private let dropped = Atomic<UInt64>(0)

    private struct LabelKey: Hashable {
        var template: Int32
        var outcome: Outcome
    }

    private struct Output {
        var labels: [LabelKey: [Label]] = [:]
        var table = DistributionTable()
        /// When recording changed from samples to distributions; `nil` before that.
        var secondsFromNs: Int64?
    }

    package init(sink: any EventSink, run: String, plan: LoadPlan, detail: RecordingDetail = .auto)
    {
        self.sink = sink
        self.detail = detail
        warmupNs = plan.warmup.wholeNanoseconds
        if detail == .seconds { output.withLock { $0.secondsFromNs = 0 } }
        self.run = run
        self.plan = plan
        loop = group.next()
    }

    package func began(at time: Timestamp) {
        clock.withLock { $0 = Clock(startTime: time, start: .now()) }
    }

    package func completed(_ batch: [CompletedRequest]) {
        guard waiting.load(ordering: .relaxed) < LoadLimits.maxWaitingRecords else {
            dropped.wrappingAdd(UInt64(batch.count), ordering: .relaxed)
            tally.withLock { $0.add(batch, warmupNs: warmupNs) }
            return
        }
        waiting.wrappingAdd(batch.count, ordering: .relaxed)
        loop.execute { [self] in
            tally.withLock { $0.add(batch, warmupNs: warmupNs) }
            write(batch)
            waiting.wrappingSubtract(batch.count, ordering: .relaxed)
        }
    }

    /// Waits until every completed request was passed to the sink, and ends the thread.
    package func finish() async throws(LoadError) -> Recorded {
        do {
            try await loop.submit { [self] in
                if !output.withLock({ flush(&$0, before: .max) }) {
                    dropped.wrappingAdd(1, ordering: .relaxed)
                }
            }.get()
            try await group.shutdownGracefully()
        } catch {
            throw .log(reason: "the recorder's thread did not end: \(error)")
        }
        var recorded = Recorded()
        recorded.tally = tally.withLock { $0 }
        recorded.unrecorded = dropped.load(ordering: .relaxed)
        recorded.secondsFromNs = output.withLock { $0.secondsFromNs }
        return recorded
    }

    func progress() -> LoadProgress {
        let start = clock.withLock { $0.start }
        let elapsedNs =
            start.uptimeNanoseconds == 0 ? 0 : (NIODeadline.now() - start).nanoseconds
        return tally.withLock { $0.lastSecond(elapsedNs: elapsedNs) }
    }

    /// On the recorder's thread.
    private func write(_ batch: [CompletedRequest]) {
        let startTime = clock.withLock { $0.startTime }
        let lost = output.withLock { output -> UInt64 in
            if detail == .auto, output.secondsFromNs == nil,
                waiting.load(ordering: .relaxed) > LoadLimits.waitingRecordsBeforeSeconds
            {
                output.secondsFromNs = batch.first?.endNs
            }
            var lost: UInt64 = 0
            for request in batch where !write(request, startTime: startTime, to: &output) {
                lost += 1
            }
            // A batch ends about when its last request did.
            let now = startTime.advanced(byNanoseconds: batch.last?.endNs ?? 0)
            let open = LoadLimits.openDistributionSeconds
            if !flush(&output, before: now.second - open) { lost += 1 }
            return lost
        }
        if lost > 0 { dropped.wrappingAdd(lost, ordering: .relaxed) }
    }

    private func write(
        _ request: CompletedRequest, startTime: Timestamp, to output: inout Output
    ) -> Bool {
        let key = LabelKey(template: request.template, outcome: request.outcome)
        let labels = output.labels[key] ?? makeLabels(key)
        output.labels[key] = labels
        let isWarmup = request.intendedNs < warmupNs
        var sample = Sample(
            timestamp: startTime.advanced(byNanoseconds: request.intendedNs),
            metric: isWarmup ? LoadMetric.warmup : LoadMetric.latency, value: request.responseMs,
            unit: "ms", run: run, labels: labels, ok: request.outcome.ok)
        var isAccepted = write(sample, to: &output)
        if plan.isOpenLoop && !isWarmup {
            sample.timestamp = startTime.advanced(byNanoseconds: request.startNs)
            sample.metric = LoadMetric.service
            sample.value = request.serviceMs
            isAccepted = write(sample, to: &output) && isAccepted
        }
        return isAccepted
    }

    private func write(_ sample: Sample, to output: inout Output) -> Bool {
        guard output.secondsFromNs != nil else { return sink.append(sample) }
        output.table.add(sample)
        return true
    }

    /// - Returns: whether the sink accepted everything.
    private func flush(_ output: inout Output, before second: Int64) -> Bool {
        guard output.secondsFromNs != nil else { return true }
        let due = output.table.take(before: second, unit: "ms", run: run)
        return due.reduce(true) { sink.append(.distribution($1)) && $0 }
    }

    private func makeLabels(_ key: LabelKey) -> [Label] {
        [
            Label("route", plan.requests[Int(key.template)].route),
            Label("status", key.outcome.label),
        ]
    }
}
