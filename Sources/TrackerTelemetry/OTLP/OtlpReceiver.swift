import TrackerImport
package import TrackerLog

/// Makes events of requests, one request after the other.
///
/// `take` gives what is to be appended, and what it changes is kept aside: `commit` when it is in
/// the log, `rollback` when it is not, so that the next export counts it again.
package struct OtlpReceiver: Sendable {
    private let defaults: OtlpDefaults
    private var growth: OtlpGrowth
    private var runs = OtlpRuns()
    private var runsBefore = OtlpRuns()
    private var bodies = RecentKeys(capacity: TelemetryLimits.maxKnownBodies)
    private var spans = RecentKeys(capacity: TelemetryLimits.maxKnownSpans)
    private var freshSpans: Set<String> = []
    /// Batches of which nobody knows whether they are in the log, by the digest of their body.
    private var unconfirmed: [String: OtlpBatch] = [:]

    /// - Parameter listeningSince: what programs counted before is not counted.
    package init(defaults: OtlpDefaults, listeningSince: Timestamp) {
        self.defaults = defaults
        growth = OtlpGrowth(
            maxSeries: TelemetryLimits.maxExportSeries, listeningSince: listeningSince)
    }

    /// - Returns: an empty batch for a body that is in the log already.
    package mutating func take(_ request: OtlpRequest) throws(OtlpRefusal) -> OtlpBatch {
        let content = try request.content()
        let digest = String(SHA256.hexDigest(of: content).prefix(32))
        let key = Self.key(request, digest)
        if let batch = unconfirmed[key] { return batch }
        guard !bodies.contains(key) else { return OtlpBatch(key: key) }
        let message = try request.message(content)
        runsBefore = runs
        var collector = OtlpCollector()
        do throws(OtlpRefusal) {
            switch request.signal {
            case .metrics: try metrics(message, request, &collector)
            case .traces: try traces(message, request, &collector)
            }
        } catch {
            rollback()
            throw error
        }
        // A body of JSON may have both, and be sent to both routes.
        let isSecond = request.signal == .traces && message.has(.resourceMetrics)
        return collector.batch(
            key: key, digest: isSecond ? "spans-" + digest : digest, signal: request.signal)
    }

    /// The same bytes are another request where they are read in another way.
    private static func key(_ request: OtlpRequest, _ digest: String) -> String {
        [request.signal.rawValue, request.encoding.mediaType, digest].joined(separator: " ")
    }

    /// The batch is in the log.
    package mutating func commit(_ batch: OtlpBatch) {
        settle()
        bodies.insert(batch.key)
        unconfirmed[batch.key] = nil
    }

    /// Nothing of the batch is in the log.
    package mutating func rollback() {
        growth.rollback()
        runs = runsBefore
        freshSpans.removeAll()
    }

    /// The batch, or a part of it, may be in the log: when its body comes again, it is the same
    /// batch, which then counts once.
    package mutating func keep(_ batch: OtlpBatch) {
        settle()
        if unconfirmed.count >= TelemetryLimits.maxUnconfirmed, unconfirmed[batch.key] == nil {
            unconfirmed.removeAll()
        }
        unconfirmed[batch.key] = batch
    }

    private mutating func settle() {
        growth.commit()
        runsBefore = runs
        for span in freshSpans { spans.insert(span) }
        freshSpans.removeAll()
    }

    // MARK: - Metrics

    private mutating func metrics(
        _ message: OtlpMessage, _ request: OtlpRequest, _ collector: inout OtlpCollector
    ) throws(OtlpRefusal) {
        for part in message.messages(.resourceMetrics) {
            let resource = try OtlpResource(part.message(.resource), request, defaults)
            var events = OtlpRunEvents()
            for scope in part.messages(.scopeMetrics) {
                let origin = scope.message(.scope)?.fingerprint ?? 0
                for metric in scope.messages(.metrics) {
                    let readings = OtlpMetricReader.read(
                        metric, scope: origin, resource: resource.attributes.fingerprint,
                        labelBytes: TelemetryLimits.labelBytes)
                    for reading in readings { take(reading, resource, &events, &collector) }
                }
            }
            try runs.close(events, of: resource, into: &collector)
        }
    }

    private mutating func take(
        _ reading: OtlpReading, _ resource: OtlpResource, _ events: inout OtlpRunEvents,
        _ collector: inout OtlpCollector
    ) {
        let point: OtlpPoint
        switch reading {
        case .point(let found): point = found
        case .fault(.notRecorded, _): return
        case .fault(let fault, _): return collector.reject(fault.text)
        }
        for _ in 0..<point.emptyQuantiles {
            collector.warn("with \(OtlpPoint.emptyQuantileText)")
        }
        switch growth.take(point) {
        case .leftOut(.base): collector.warn(OtlpLeftOut.base.text)
        case .leftOut(.twice), .leftOut(.empty): break
        case .leftOut(let reason): collector.reject(reason.text)
        case .measured(let measured):
            if point.isCount { events.counts.insert(point.metric) }
            for one in measured {
                switch one {
                case .sample(let value, let labels):
                    events.add(
                        .sample(
                            Sample(
                                timestamp: point.time, metric: point.metric, value: value,
                                unit: point.unit, run: resource.run, labels: labels)),
                        until: point.time, isGrowth: point.isGrowth)
                case .distribution(var distribution):
                    distribution.run = resource.run
                    events.add(
                        .distribution(distribution), until: point.time, isGrowth: point.isGrowth)
                }
            }
        }
    }

    // MARK: - Traces

    private mutating func traces(
        _ message: OtlpMessage, _ request: OtlpRequest, _ collector: inout OtlpCollector
    ) throws(OtlpRefusal) {
        for part in message.messages(.resourceSpans) {
            let resource = try OtlpResource(part.message(.resource), request, defaults)
            var events = OtlpRunEvents()
            for scope in part.messages(.scopeSpans) {
                for message in scope.messages(.spans) {
                    guard let kind = OtlpSpan.Kind(message) else { continue }
                    guard let span = OtlpSpan(message, kind) else {
                        collector.reject("without times, or that end before they begin")
                        continue
                    }
                    if let id = span.id {
                        guard !spans.contains(id), freshSpans.insert(id).inserted else { continue }
                    }
                    events.add(
                        .sample(resource.sample(span)), until: span.end, isGrowth: false)
                }
            }
            try runs.close(events, of: resource, into: &collector)
        }
    }
}
