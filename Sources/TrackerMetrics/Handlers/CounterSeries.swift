import CoreMetrics
import Synchronization
import TrackerClient
import TrackerLog

/// What was counted in an interval, as a rate per second.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private struct State {
        var sum = 0.0
        var isTouched = false
        /// Intervals in which zero is still recorded.
        var zerosLeft = 0
    }

    private let series: MetricSeries
    private let state = Mutex(State())

    init(_ series: MetricSeries) { self.series = series }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        guard amount.isFinite else { return }
        state.withLock { state in
            state.sum += amount
            state.isTouched = true
        }
    }

    func reset() { state.withLock { $0.sum = 0 } }

    func record(to recorder: any TrackerClient.Recorder, lastingMs: Double) {
        let sum = state.withLock { state -> Double? in
            defer { (state.sum, state.isTouched) = (0, false) }
            if state.isTouched {
                state.zerosLeft = MetricsLimits.counterZeros
            } else if state.zerosLeft > 0 {
                state.zerosLeft -= 1
            } else {
                return nil
            }
            return state.sum
        }
        guard let sum else { return }
        recorder.record(series.sample(sum * 1_000 / lastingMs, unit: "/s"))
    }
}
