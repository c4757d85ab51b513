import CoreMetrics
import TrackerClient
import TrackerLog

/// Each value is a sample: timers, and recorders that aggregate.
final class SampleSeries: RecorderHandler, TimerHandler {
    private let series: MetricSeries
    private let unit: String?
    private let recorder: any TrackerClient.Recorder

    init(_ series: MetricSeries, unit: String?, recorder: any TrackerClient.Recorder) {
        self.series = series
        self.unit = unit
        self.recorder = recorder
    }

    func record(_ value: Int64) { record(Double(value)) }

    /// One that is no finite number is dropped and counted.
    func record(_ value: Double) { recorder.record(series.sample(value, unit: unit)) }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e6) }
}
