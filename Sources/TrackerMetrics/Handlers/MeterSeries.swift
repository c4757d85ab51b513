import CoreMetrics
import Synchronization
import TrackerClient
import TrackerLog

/// A value that is now: the last one of each interval in which it was set.
final class MeterSeries: MeterHandler, RecorderHandler {
    private let series: MetricSeries
    private let state = Mutex((value: 0.0, isTouched: false))

    init(_ series: MetricSeries) { self.series = series }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { change { $0 = value } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func increment(by amount: Double) { change { $0 += amount } }
    func decrement(by amount: Double) { change { $0 -= amount } }

    /// A value that is no finite number changes nothing.
    private func change(_ body: (inout Double) -> Void) {
        state.withLock { state in
            var value = state.value
            body(&value)
            guard value.isFinite else { return }
            state = (value, true)
        }
    }

    func record(to recorder: any TrackerClient.Recorder) {
        let value = state.withLock { state -> Double? in
            defer { state.isTouched = false }
            return state.isTouched ? state.value : nil
        }
        if let value { recorder.record(series.sample(value, unit: nil)) }
    }
}
