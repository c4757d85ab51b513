package import TrackerLog

/// The numbers of a session as JSON: `tracker show --json` and `GET /api/sessions/…`.
extension SessionSummary {
    /// `{"user","session",…,"runs":[…],"health":{…}}`. Times are Unix milliseconds.
    package var json: JSONValue { json(withBuckets: false) }

    /// - Parameter withBuckets: whether each series includes its histogram: `"buckets"`, pairs of
    ///   bucket and count, ascending.
    package func json(withBuckets: Bool) -> JSONValue {
        .object([
            .init("user", .string(user.value)), .init("session", .string(session.value)),
            .init("name", .optional(name)), .init("host", .optional(host)),
            .init("commit", .optional(commit)), .init("tags", .array(tags.map(JSONValue.string))),
            .init("archived", .bool(isArchived)), .init("events", .integer(eventCount)),
            .init("first", .optional(first)), .init("last", .optional(last)),
            .init("runs", .array(runs.map { $0.json(withBuckets: withBuckets) })),
            .init("metrics", .array(metricsJSON)), .init("units", .array(units.map(\.json))),
            .init("overflow", overflow.map { .object($0.jsonMembers()) } ?? .null),
            .init("uncounted_samples", .integer(uncountedSamples)),
            .init("unkept_details", unkept.json), .init("unkept_edits", .integer(unkeptEdits)),
            .init("notes", .array(notes.map(\.json))),
            .init("edits", .array(edits.map(\.json))), .init("health", health.json),
        ])
    }
}

extension SessionSummary {
    /// What each metric is, by name: `"declared"` is what events say of it.
    fileprivate var metricsJSON: [JSONValue] {
        var found: [ExactText: MetricTimeline] = [:]
        for run in runs {
            for timeline in run.timelines { found[ExactText(timeline.metric)] = timeline }
        }
        let said = Dictionary(uniqueKeysWithValues: declared.map { (ExactText($0.metric), $0) })
        return Set(found.keys).union(said.keys).sorted().map { name in
            let unit = found[name]?.unit ?? said[name]?.unit
            let meaning = MetricMeaning(metric: name.text, unit: unit, declared: said[name])
            return .object([
                .init("metric", .string(name.text)), .init("unit", .optional(unit)),
                .init("kind", .optional(meaning.kind?.rawValue)),
                .init("better", .optional(meaning.better?.rawValue)),
                .init("declared", .bool(said[name] != nil)),
            ])
        }
    }
}

extension RunSummary {
    /// `{"run","target","state","started","finished","count","errors",…,"series":[…]}`.
    ///
    /// `totals` are the numbers of the metrics of which series are missing.
    /// `count` and `errors` are those of the headline metric alone: a request with both a response
    /// time and a service time is one request.
    package var json: JSONValue { json(withBuckets: false) }

    func json(withBuckets: Bool) -> JSONValue {
        let headline = headline
        return .object([
            .init("run", .string(run)), .init("test", .optional(test)),
            .init("target", .optional(target)), .init("commit", .optional(commit)),
            .init("state", .string(state.rawValue)), .init("started", .optional(started)),
            .init("finished", .optional(finished)),
            .init("count", .integer(headline?.total.count ?? 0)),
            .init("errors", .integer(headline?.total.errors ?? 0)),
            .init("params", params), .init("environment", environment),
            .init("reported", reported ?? .null), .init("unkept_details", unkept.json),
            .init("left_out", leftOut?.json ?? .null),
            .init("series", .array(series.map { $0.json(withBuckets: withBuckets) })),
            .init("totals", .array(totalsBeyondSeries.map { $0.json(withBuckets: withBuckets) })),
            .init("reported_numbers", .array(reportedNumbers.map(\.json))),
        ])
    }

    /// The metric that represents the run: a latency if there is one, then the one with the most
    /// samples. What a load generator records of itself and of processes never does: see
    /// `Attendant`.
    package var headline: MetricTimeline? {
        timelines.filter { !Attendant.metrics.contains($0.metric) }.max { a, b in
            (a.isLatency ? 1 : 0, a.total.count, ExactText(b.metric)) < (
                b.isLatency ? 1 : 0, b.total.count, ExactText(a.metric)
            )
        }
    }
}

extension MetricTimeline {
    /// All its samples.
    fileprivate func json(withBuckets: Bool) -> JSONValue {
        .object(
            [.init("metric", .string(metric)), .init("unit", .optional(unit))]
                + total.jsonMembers(withBuckets: withBuckets))
    }

    /// What it measures, and which way is better.
    package var meaning: MetricMeaning {
        MetricMeaning(metric: metric, unit: unit, declared: declared)
    }

    /// Whether the metric is a duration of requests, by what was declared, its unit or its name.
    package var isLatency: Bool {
        if let kind = declared?.kind { return kind == .duration }
        return ["ms", "s", "us", "µs", "ns"].contains(unit) || metric.hasSuffix("_ms")
            || metric.contains("latency") || metric.contains("duration")
    }
}

extension SeriesSummary {
    package var json: JSONValue { json(withBuckets: false) }

    func json(withBuckets: Bool) -> JSONValue {
        .object(
            [
                .init("metric", .string(metric)), .init("unit", .optional(unit)),
                .init(
                    "labels",
                    .object(labels.map { JSONValue.Member($0.name, .string($0.value)) })),
            ] + aggregate.jsonMembers(withBuckets: withBuckets))
    }
}

extension Aggregate {
    /// `"count"` and `"errors"` of all samples, then the numbers of the successes, how many errors
    /// are among them, and the numbers of the failures and of both together as objects; `null`
    /// where nothing failed.
    func jsonMembers(withBuckets: Bool = false) -> [JSONValue.Member] {
        [
            .init("count", .integer(count)), .init("errors", .integer(errors)),
        ] + successes.jsonMembers(withBuckets: withBuckets) + [
            .init("mixed_errors", .integer(mixedErrors)),
            .init("succeeded", .integer(succeeded)),
            .init("failures", failures.json(withBuckets: withBuckets)),
            .init("all", failures.count > 0 ? all.json(withBuckets: withBuckets) : .null),
        ]
    }
}

extension Population {
    /// `null` when there are no values.
    fileprivate func json(withBuckets: Bool) -> JSONValue {
        guard count > 0 else { return .null }
        return .object([.init("count", .integer(count))] + jsonMembers(withBuckets: withBuckets))
    }

    /// Without values, `null` for each.
    fileprivate func jsonMembers(withBuckets: Bool) -> [JSONValue.Member] {
        let quantiles = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)]
        let buckets = histogram.buckets.map {
            JSONValue.array([.integer($0.bucket), .integer($0.count)])
        }
        return [
            .init("sum", .optional(count > 0 ? sum : nil)),
            .init("min", .optional(count > 0 ? min : nil)),
            .init("max", .optional(count > 0 ? max : nil)),
        ] + quantiles.map { .init($0.0, .optional(quantile($0.1))) }
            + (withBuckets ? [.init("buckets", .array(buckets))] : [])
    }
}

extension SessionHealth {
    package var json: JSONValue {
        .object([
            .init("whole", .bool(isWhole)),
            .init("bad_regions", .integer(badRegionCount)),
            .init("bad_region_bytes", .integer(badRegionBytes)),
            .init("regions", .array(badRegions.map(\.json))),
            .init("bad_lines", .integer(badLineCount)),
            .init("lines", .array(badLines.map(\.json))),
            .init("missing_frames", .integer(missingFrames)),
            .init("gaps", .array(gaps.map(\.json))),
            .init("unchecked_frames", .integer(uncheckedFrames)),
            .init("duplicate_frames", .integer(duplicateFrames)),
            .init("conflicting_frames", .integer(conflictingFrames)),
            .init("newer_frames", .integer(newerFrames)),
            .init("dropped_events", .integer(droppedEvents)),
            .init("pending_bytes", .integer(pendingBytes)),
            .init("ignored_files", .array(ignoredFiles.map(JSONValue.string))),
            .init("implausible_times", .integer(implausibleTimes)),
            .init("thinned_samples", .integer(thinned.samples)),
            .init("thinned_histograms", .integer(thinned.histograms)),
            .init("ignored_metric_fields", .integer(ignoredMetricFields)),
            .init("metrics_excluded", .bool(hasExcludedMetrics)),
            .init("lost", lost.isEmpty ? .null : lost.json),
        ])
    }
}

extension BadRegion {
    package var json: JSONValue {
        .object([
            .init("file", .string(file)), .init("offset", .integer(offset)),
            .init("length", .integer(length)), .init("reason", .string(reason.rawValue)),
        ])
    }
}

extension BadLine {
    package var json: JSONValue {
        .object([
            .init("file", .string(file)), .init("offset", .integer(frameOffset)),
            .init("line", .integer(line)), .init("reason", .string(reason.rawValue)),
        ])
    }
}

extension Gap {
    package var json: JSONValue {
        .object([
            .init("writer", .string(writer)), .init("first", .integer(first)),
            .init("last", .integer(last)),
        ])
    }
}

extension RunSummary.LeftOut {
    package var json: JSONValue {
        .object([
            .init("reason", .string(reason)), .init("by", .optional(by)), .init("ts", .time(at)),
            .init("id", .optional(id)),
        ])
    }
}

extension Edit {
    package var json: JSONValue {
        .object([
            .init("ts", .time(timestamp)), .init("event", .string(kind.rawValue)),
            .init("text", .string(text)), .init("run", .optional(run)),
            .init("from", .optional(from)), .init("to", .optional(to)),
            .init("id", .optional(id)), .init("by", .optional(by)),
            .init("profile", .optional(profile)),
        ])
    }
}

extension JSONValue {
    /// `null` for `nil`.
    package static func optional(_ number: Double?) -> JSONValue {
        number.map(JSONValue.double) ?? .null
    }
}
