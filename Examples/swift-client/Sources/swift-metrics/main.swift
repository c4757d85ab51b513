// A queue of jobs whose counts and times a library measures with swift-metrics: one line sends
// them to the tracker.

import Metrics
import TrackerMetrics

let metrics = try TrackerMetricsFactory.open(name: "a queue of jobs")
MetricsSystem.bootstrap(metrics)

// What follows knows nothing of the tracker: so does any library.
let done = Counter(label: "jobs.done", dimensions: [("queue", "mail")])
let waiting = Gauge(label: "jobs.waiting")

for job in 1...100 {
    waiting.record(100 - job)
    let divisors = Timer.measure(label: "jobs.duration", dimensions: [("queue", "mail")]) {
        (1...job).count { job.isMultiple(of: $0) }
    }
    done.increment(by: divisors > 0 ? 1 : 0)
}

try metrics.close()
print("refused \(metrics.refusedMetrics)")
