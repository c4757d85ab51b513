package import TrackerLog

/// The parameters of a run that was reported as a whole: by `POST /api/track`, or by a client that
/// writes the same events.
package enum ReportParam {
    /// Its presence marks a report: what `value` is.
    package static let metricName = "metric_name"
    package static let value = "value"
    package static let timestamp = "timestamp"
    package static let labels = "labels"
    package static let schemaVersion = "schema_version"
    /// Those that are the result, and no condition under which it was obtained.
    package static let results = [metricName, value, timestamp]
}

extension RunSummary {
    /// Whether the run was reported as a whole: no request was measured.
    package var isReport: Bool { params[ReportParam.metricName] != nil && reported != nil }

    /// What the run's report gives as numbers: first the one that it names as its metric, then
    /// the members of its summary, in their order, each name once. What cannot be is left out:
    /// see `reportedContradictions`.
    package var reportedNumbers: [ReportedNumber] { allReported.filter(\.isPossible) }

    private var allReported: [ReportedNumber] {
        var numbers: [ReportedNumber] = []
        var seen: Set<ExactText> = []
        func add(_ name: String, _ value: Double) {
            guard value.isFinite, seen.insert(ExactText(name)).inserted else { return }
            numbers.append(ReportedNumber(name: name, value: value))
        }
        if let named = namedNumber { add(named.name, named.value) }
        for member in reported?.objectValue ?? [] {
            if let value = member.value.doubleValue { add(member.key, value) }
        }
        return numbers
    }

    /// By its name; `nil` if the run reports no such number.
    package func reportedNumber(_ name: String) -> ReportedNumber? {
        // Not by `reportedNumbers`: a session may have thousands of reports, and all are asked.
        func possible(_ name: String, _ value: Double) -> ReportedNumber? {
            let number = ReportedNumber(name: name, value: value)
            return number.isPossible ? number : nil
        }
        if let named = namedNumber, named.name.isExactly(name), named.value.isFinite {
            return possible(named.name, named.value)
        }
        for member in reported?.objectValue ?? [] where member.key.isExactly(name) {
            if let value = member.value.doubleValue, value.isFinite {
                return possible(member.key, value)
            }
        }
        return nil
    }

    /// What is reported and cannot be, or not all at once, for people.
    var reportedContradictions: [String] {
        var found = allReported.filter { !$0.isPossible }.map { number in
            let value = NumberFormat.plain.quantity(number.value, unit: number.unit)
            return "reported \(number.name) \(value) cannot be: it is not used"
        }
        for member in reported?.objectValue ?? []
        where member.value.stringValue != nil && ReportedNumber.isOfGuide(member.key) {
            found.append("reported \(member.key) is a text: it is not used")
        }
        func count(_ name: String) -> Double? {
            reported?[name]?.doubleValue.flatMap { $0 >= 0 ? $0 : nil }
        }
        guard let total = count("total_requests") else { return found }
        let (failed, succeeded) = (count("failed_requests"), count("successful_requests"))
        let given = [("failed_requests", failed), ("successful_requests", succeeded)]
            .compactMap { name, value in value.map { "\(name) \(NumberFormat.plain.value($0))" } }
        if failed ?? 0 > total || succeeded ?? 0 > total
            || (failed.map { $0 + (succeeded ?? 0) != total } ?? false) && succeeded != nil
        {
            found.append(
                "reported counts contradict each other: \(given.joined(separator: " and ")) of"
                    + " \(NumberFormat.plain.value(total)) requests")
        }
        // Half a point: what tools round away.
        if let rate = reportedNumber("error_rate")?.value,
            let counted = reportedRequests?.errorRatePercent, (rate - counted).magnitude > 0.5
        {
            found.append(
                "reported error_rate \(NumberFormat.plain.quantity(rate, unit: "%")) is not that of"
                    + " its counts, \(NumberFormat.plain.quantity(counted, unit: "%")): these count"
            )
        }
        return found
    }

    /// The number that stands for the run where nothing was measured: the one that the report
    /// names, else a mean time, else a rate, else its first.
    package var mainReported: ReportedNumber? {
        if let named = namedNumber {
            let number = ReportedNumber(name: named.name, value: named.value)
            if number.isPossible { return number }
        }
        let numbers = reportedNumbers
        for name in Self.usualNames {
            if let number = numbers.first(where: { $0.name.isExactly(name) }) { return number }
        }
        return numbers.first
    }

    private static let usualNames = ["avg_latency_ms", "rps", "throughput", "error_rate"]

    /// `nil` unless the run gives two of the three counts, and they can be true.
    package var reportedRequests: ReportedRequests? {
        func count(_ name: String) -> Int? {
            guard let number = reported?[name]?.doubleValue, number >= 0, number <= 1e15,
                number == number.rounded()
            else { return nil }
            return Int(number)
        }
        let (failed, succeeded) = (count("failed_requests"), count("successful_requests"))
        // Each is at most 10^15.
        let both = failed.flatMap { failed in succeeded.map { failed + $0 } }
        guard let total = count("total_requests") ?? both else { return nil }
        guard let failed = failed ?? succeeded.map({ total - $0 }), (0...total).contains(failed)
        else { return nil }
        return ReportedRequests(total: total, failed: failed)
    }

    /// The value of a report. A program written for the guide sends 1 when its caller gave none:
    /// that is none where the summary has numbers and does not say the same.
    private var namedNumber: (name: String, value: Double)? {
        guard let name = params[ReportParam.metricName]?.stringValue, let reported else {
            return nil
        }
        let member = reported[name]?.doubleValue
        guard let value = params[ReportParam.value]?.doubleValue, value.isFinite else {
            return member.map { (name, $0) }
        }
        let hasNumbers = (reported.objectValue ?? []).contains { $0.value.doubleValue != nil }
        if value == Self.placeholder, hasNumbers { return member.map { (name, $0) } }
        return (name, value)
    }

    private static let placeholder = 1.0

    /// What was given about the run and the machine: parameters, then environment, without what is
    /// the result of a report.
    package var conditions: [JSONValue.Member] {
        let given = params.objectValue ?? []
        let results = isReport ? ReportParam.results : []
        return given.filter { member in !results.contains { $0.isExactly(member.key) } }
            + (environment.objectValue ?? [])
    }

    /// Without the one sample that a report has in the log: it is the reported value, and a
    /// distribution of one value is none. Samples that were measured in the same run stay.
    mutating func dropReportedSample() {
        guard isReport, let name = params[ReportParam.metricName]?.stringValue,
            let value = params[ReportParam.value]?.doubleValue
        else { return }
        func isValue(_ aggregate: Aggregate) -> Bool {
            let all = aggregate.all
            return all.count == 1 && all.sum == value
        }
        let own = timelines.filter { $0.metric.isExactly(name) }
        guard own.allSatisfy({ isValue($0.total) }) else { return }
        timelines.removeAll { $0.metric.isExactly(name) }
        series.removeAll { $0.metric.isExactly(name) && isValue($0.aggregate) }
    }
}
