public import TrackerLog

/// What takes samples: a ``Recording``, or a ``Run`` of it, which names itself in each.
///
/// Nothing here throws, traps or blocks without a bound. A sample that cannot be taken is dropped
/// and counted in ``Recording/statistics``: its value is not finite, its metric is empty or longer
/// than `LogLimits/maxMetricLength` characters, it has too many labels, or the queue is full.
public protocol Recorder: Sendable {
    /// Queues one sample.
    /// - Returns: `false` when it was dropped and counted.
    @discardableResult
    func record(_ sample: Sample) -> Bool
}

extension Recorder {
    /// Queues one value, for example `sample("queue.length", 12)`.
    ///
    /// - Parameters:
    ///   - metric: 1 to 128 characters, for example `http.latency_ms`.
    ///   - value: a finite number in `unit`.
    ///   - unit: for example `ms`, `bytes` or `percent`.
    ///   - labels: what the sample is of, for example `["route": "/", "status": 200]`.
    ///   - ok: whether what was measured succeeded; `nil` leaves the decision to the label
    ///     `status`, which counts as an error from 400 on.
    ///   - timestamp: `nil` is now.
    /// - Returns: `false` when it was dropped and counted.
    @discardableResult
    public func sample(
        _ metric: String, _ value: Double, unit: String? = nil, labels: Labels = [:],
        ok: Bool? = nil, at timestamp: Timestamp? = nil
    ) -> Bool {
        record(
            Sample(
                timestamp: timestamp ?? .now, metric: metric, value: value,
                unit: unit, labels: labels.list, ok: ok))
    }

    /// Times the body with a clock that nobody sets, and queues the milliseconds as a sample.
    ///
    ///     let rows = try run.measure("db.query_ms", labels: ["table": "users"]) {
    ///         try query()
    ///     }
    ///
    /// - Throws: what the body throws; the sample then says `ok: false`.
    public func measure<Result, Failure: Error>(
        _ metric: String, labels: Labels = [:], _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let begin = ContinuousClock.now
        do throws(Failure) {
            let result = try body()
            end(metric, since: begin, labels, ok: nil)
            return result
        } catch {
            end(metric, since: begin, labels, ok: false)
            throw error
        }
    }

    /// The same for a body that waits. It runs where the caller does.
    public func measure<Result, Failure: Error>(
        _ metric: String, labels: Labels = [:], _ body: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let begin = ContinuousClock.now
        do throws(Failure) {
            let result = try await body()
            end(metric, since: begin, labels, ok: nil)
            return result
        } catch {
            end(metric, since: begin, labels, ok: false)
            throw error
        }
    }

    private func end(
        _ metric: String, since begin: ContinuousClock.Instant, _ labels: Labels, ok: Bool?
    ) {
        let (seconds, attoseconds) = (ContinuousClock.now - begin).components
        let milliseconds = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
        sample(metric, milliseconds, unit: "ms", labels: labels, ok: ok)
    }
}
