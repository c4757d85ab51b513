import TrackerIndexer
package import TrackerLog

/// The names under which the fields of a reported run are stored in `run_started.params`, so that
/// `GET /api/track/<userId>` can return them.
enum TrackParam {
    static let schemaVersion = ReportParam.schemaVersion
    /// Its presence marks a run reported by `POST /api/track`.
    static let metricName = ReportParam.metricName
    static let value = ReportParam.value
    static let timestamp = ReportParam.timestamp
    static let labels = ReportParam.labels
    /// Fields that the guide does not define, under their own names.
    static let other = "other"
    /// Members of `runDetails` that describe the test, not its result.
    static let copiedFromDetails = ["method", "request_count", "payload_urls", "test_type"]
}

extension TrackReport {
    /// The events to append: the start of the run, its one sample, and its end with the reported
    /// details.
    package var events: [Event] {
        var events: [Event] = [
            .runStarted(
                RunStarted(
                    timestamp: started, run: run, test: test, target: target, params: params,
                    commit: commit))
        ]
        if let value {
            let sample = Sample(
                timestamp: timestamp, metric: metric, value: value, unit: unit, run: run,
                labels: labels)
            events.append(.sample(sample))
        }
        let finished = RunFinished(
            timestamp: timestamp, run: run, state: .finished, summary: details)
        events.append(.runFinished(finished))
        return events
    }

    /// The report is sent at the end of the test: it started `duration_s` earlier.
    private var started: Timestamp {
        guard let seconds = details["duration_s"]?.doubleValue, seconds > 0 else {
            return timestamp
        }
        return max(.epoch, timestamp.advanced(byMilliseconds: -seconds * 1_000))
    }

    /// By bytes: `hasSuffix` compares characters, and some that cannot be seen join what follows.
    private var unit: String? { metric.utf8.suffix(3).elementsEqual("_ms".utf8) ? "ms" : nil }

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
