package import TrackerImport
package import TrackerLog

/// What one look at a page of metrics gave.
package struct ScrapedPage: Sendable {
    package var events: [Event] = []
    /// What the metrics are that are new, where name and unit do not tell.
    package var declarations: [MetricDeclaration] = []
    /// Lines with a name and a number.
    package var points = 0
    /// Whether a count fell: the target has begun anew.
    package var hasReset = false
    /// Values that are NaN or infinite.
    package var notFinite = 0
    /// Series beyond the limit.
    package var leftOut = 0
    /// Lines, histograms and names that could not be used.
    package var losses = LossList()
}

/// Makes events of what a service says of itself at `/metrics`, look after look. Pure: the text and
/// the times come from outside.
///
/// Counters become rates, and histograms distributions of what was counted since the look before.
/// Gauges are values, and quantiles of summaries what the service reported.
package struct ScrapeReader {
    private struct Key: Hashable {
        var name: String
        var labels: [Label]
    }

    /// The time between two looks.
    package struct Interval: Sendable {
        package var begin: Timestamp
        package var lastingMs: Double

        package init(begin: Timestamp, lastingMs: Double) {
            self.begin = begin
            self.lastingMs = lastingMs
        }
    }

    private let prefixes: [String]
    private let maxSeries: Int
    private var families = PrometheusFamilies()
    /// Of the look before, and of this one.
    private var counts: [Key: Double] = [:]
    private var newCounts: [Key: Double] = [:]
    private var histograms: [Key: PrometheusHistograms.Done] = [:]
    private var newHistograms: [Key: PrometheusHistograms.Done] = [:]
    /// Metrics whose meaning was told.
    private var declared: Set<ExactText> = []
    private var page = ScrapedPage()
    private var series = 0

    /// - Parameter prefixes: only metrics whose name begins with one of these; all if empty.
    package init(prefixes: [String] = [], maxSeries: Int = TelemetryLimits.scrapedSeries) {
        self.prefixes = prefixes
        self.maxSeries = maxSeries
    }

    /// - Parameters:
    ///   - now: when the page was asked for.
    ///   - interval: since the look before; `nil` at the first, which has no rates.
    package mutating func read(
        _ text: [UInt8], at now: Timestamp, since interval: Interval?
    ) -> ScrapedPage {
        (page, series) = (ScrapedPage(), 0)
        (newCounts, newHistograms) = ([:], [:])
        families = PrometheusFamilies()
        var open = PrometheusHistograms()
        var summaries: [Key: (sum: Double?, count: Double?)] = [:]
        var (number, offset) = (0, 0)
        let look = Look(now: now, interval: interval)
        for bytes in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            let place = ImportPlace(line: number, offset: offset)
            offset += bytes.count + 1
            let line = String(decoding: bytes, as: UTF8.self).trimmedBlanks
            if line.isEmpty { continue }
            if line.hasPrefix("#") {
                families.note(comment: line)
                continue
            }
            guard let point = PrometheusPoint(line), point.isShort else {
                page.losses.add("not a name, labels and a number that the log takes", at: place)
                continue
            }
            page.points += 1
            guard isWanted(point.name), isMeasurement(point) else { continue }
            if let family = families.histogram(of: point.name) {
                take(open.add(point, family: family, at: now, place), look, at: place)
            } else if let family = families.family(
                of: point.name, "summary", endings: ["_sum", "_count"])
            {
                let key = Key(name: family, labels: point.labels)
                if point.name.hasSuffix("_sum") {
                    summaries[key, default: (nil, nil)].sum = point.value
                } else {
                    summaries[key, default: (nil, nil)].count = point.value
                }
            } else {
                take(point, look)
            }
        }
        take(open.takeAll(), look, at: ImportPlace(line: number, offset: offset))
        for (key, both) in summaries { takeSummary(key, both.sum, both.count, look) }
        (counts, histograms) = (newCounts, newHistograms)
        return page
    }

    /// This look, and how long ago the one before was.
    private struct Look {
        var now: Timestamp
        var interval: Interval?
    }

    private func isWanted(_ name: String) -> Bool {
        prefixes.isEmpty || prefixes.contains { name.utf8.starts(with: $0.utf8) }
    }

    /// Facts that never change, and times at which series were made, measure nothing.
    private func isMeasurement(_ point: PrometheusPoint) -> Bool {
        let name = point.name
        if name.hasSuffix("_info") {
            return families.type(of: String(name.dropLast(5))) != "info" && point.value != 1
        }
        guard name.hasSuffix("_created") else { return true }
        let base = String(name.dropLast(8))
        return families.type(of: base) == nil && families.type(of: base + "_total") == nil
    }

    private mutating func isWithinLimit() -> Bool {
        guard series < maxSeries else {
            page.leftOut += 1
            return false
        }
        series += 1
        return true
    }

    // MARK: kinds

    private mutating func take(_ point: PrometheusPoint, _ look: Look) {
        guard point.value.isFinite else {
            page.notFinite += 1
            return
        }
        let labels = point.labels.sorted()
        guard isWithinLimit() else { return }
        guard isCounter(point.name) else {
            return sample(
                point.name, point.value, at: look.now, families.unit(of: point.name), labels)
        }
        rate(Key(name: point.name, labels: labels), point.value, look)
    }

    private func isCounter(_ name: String) -> Bool {
        let base = name.hasSuffix("_total") ? String(name.dropLast(6)) : name
        if let type = families.type(of: name) ?? families.type(of: base) {
            return type == "counter" || type == "unknown" && name.hasSuffix("_total")
        }
        return name.hasSuffix("_total")
    }

    /// What was counted since the look before. A count that falls began anew at zero, and one that
    /// was not there before as well: services make a series when they first count.
    private mutating func grown(_ key: Key, _ value: Double, _ look: Look) -> Double? {
        newCounts[key] = value
        guard look.interval != nil else { return nil }
        guard let before = counts[key] else { return value }
        if value < before {
            page.hasReset = true
            return value
        }
        return value - before
    }

    private mutating func rate(_ key: Key, _ value: Double, _ look: Look) {
        let grown = grown(key, value, look)
        let unit = (families.unit(of: key.name) ?? "") + "/s"
        if unit == "s/s", declared.insert(ExactText(key.name)).inserted {
            // Seconds of work in a second: a share, of which neither more nor less is better.
            page.declarations.append(
                MetricDeclaration(metric: key.name, unit: unit, kind: .ratio, better: .neither))
        }
        rate(key, of: grown, unit, look)
    }

    private mutating func rate(_ key: Key, of grown: Double?, _ unit: String, _ look: Look) {
        guard let grown, let interval = look.interval, interval.lastingMs > 0 else { return }
        sample(
            key.name, grown * 1_000 / interval.lastingMs, at: interval.begin, unit, key.labels)
    }

    /// The mean of what was counted, and how many there were. Its quantiles are values.
    private mutating func takeSummary(
        _ key: Key, _ sum: Double?, _ count: Double?, _ look: Look
    ) {
        guard let count, count.isFinite, isWithinLimit() else { return }
        let labels = key.labels.sorted()
        let counted = Key(name: key.name + "_count", labels: labels)
        let number = grown(counted, count, look)
        rate(counted, of: number, "/s", look)
        guard let sum, sum.isFinite else { return }
        let total = grown(Key(name: key.name + "_sum", labels: labels), sum, look)
        guard let number, let total, number > 0, let interval = look.interval else { return }
        sample(
            key.name + "_mean", total / number, at: interval.begin,
            families.unit(of: key.name), labels)
    }

    private mutating func take(
        _ done: [PrometheusHistograms.Done], _ look: Look, at place: ImportPlace
    ) {
        for histogram in done {
            if let loss = histogram.loss {
                page.losses.add(loss, at: place)
                continue
            }
            guard isWithinLimit() else { continue }
            let key = Key(name: histogram.family, labels: histogram.labels)
            newHistograms[key] = histogram
            guard let interval = look.interval else { continue }
            var grown = histogram
            if let before = histograms[key] {
                if let difference = histogram.since(before) {
                    grown = difference
                } else {
                    page.hasReset = true
                }
            }
            let distribution = grown.distribution(
                at: interval.begin, lastingMs: interval.lastingMs,
                unit: families.unit(of: histogram.family))
            guard var distribution else { continue }
            distribution.labels.sort()
            append(.distribution(distribution), metric: distribution.metric)
        }
    }

    private mutating func sample(
        _ metric: String, _ value: Double, at time: Timestamp, _ unit: String?, _ labels: [Label]
    ) {
        guard value.isFinite else {
            page.notFinite += 1
            return
        }
        append(
            .sample(
                Sample(
                    timestamp: time, metric: metric, value: value, unit: unit, labels: labels)),
            metric: metric)
    }

    /// A name may have grown beyond the limit by an ending.
    private mutating func append(_ event: Event, metric: String) {
        guard metric.utf8.count <= LogLimits.maxMetricLength else {
            page.leftOut += 1
            return
        }
        page.events.append(event)
    }
}
