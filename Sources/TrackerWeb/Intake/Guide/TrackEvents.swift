package import TrackerLog

/// The names under which a reported run's fields are kept in `run_started.params`, to be given
/// back.
enum TrackParam {
    static let schemaVersion = "schema_version"
    /// Its presence marks a run that came by `POST /api/track`.
    static let metricName = "metric_name"
    static let value = "value"
    static let timestamp = "timestamp"
    static let labels = "labels"
    /// What the guide does not know, under the names it came with.
    static let other = "other"
    /// Members of `runDetails` that say how the test was made, not what came out.
    static let copiedFromDetails = ["method", "request_count", "payload_urls", "test_type"]
}

extension TrackReport {
    /// What is appended: the run begins, its one sample, and it ends with what the tool reported.
    package var events: [Event] {
        var events: [Event] = [
            .runStarted(
                RunStarted(
                    timestampMs: startedMs, run: run, test: test, target: target, params: params,
                    commit: commit))
        ]
        if let value {
            let sample = Sample(
                timestampMs: timestampMs, metric: metric, value: value, unit: unit, run: run,
                labels: labels)
            events.append(.sample(sample))
        }
        let finished = RunFinished(
            timestampMs: timestampMs, run: run, state: .finished, summary: details)
        events.append(.runFinished(finished))
        return events
    }

    /// The report is sent when the test is over: it began `duration_s` earlier.
    private var startedMs: Double {
        guard let seconds = details["duration_s"]?.doubleValue, seconds > 0 else {
            return timestampMs
        }
        return max(0, timestampMs - seconds * 1_000)
    }

    private var unit: String? { metric.hasSuffix("_ms") ? "ms" : nil }

    private var params: JSONValue {
        var params: [JSONValue.Member] = [.init(TrackParam.metricName, .string(metric))]
        let kept = ["schema_version", "value", "timestamp", "labels"]
        params += rest.filter { kept.contains($0.key) }
        for name in TrackParam.copiedFromDetails {
            if let value = details[name] { params.append(.init(name, value)) }
        }
        let known = kept + ["userId", "challengeType", "metricName"]
        let other = rest.filter { !known.contains($0.key) }
        if !other.isEmpty { params.append(.init(TrackParam.other, .object(other))) }
        return .object(params)
    }
}
