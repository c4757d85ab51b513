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

        /// The line of a histogram or summary with its count.
        var counted: Key { Key(name: name + "_count", labels: labels) }
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
    /// Of this look, and of the one before: also what could not be used, or was of another kind.
    /// What counts and was there before is only the base of the next look then: nobody knows since
    /// when it grew.
    private var seen: Set<Key> = []
    private var seenBefore: Set<Key> = []
    /// How much there was of what counts and is away: when it is there again with as much or more,
    /// it did not begin at zero.
    private var away: [Key: Double] = [:]
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
        seen = []
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
                let key = Key(name: family, labels: point.labels.sorted())
                guard seen.insert(Key(name: point.name, labels: key.labels)).inserted else {
                    page.losses.add(Self.twice(point.name), at: place)
                    continue
                }
                if point.name.hasSuffix("_sum") {
                    summaries[key, default: (nil, nil)].sum = point.value
                } else {
                    summaries[key, default: (nil, nil)].count = point.value
                }
            } else {
                take(point, look, at: place)
            }
        }
        let end = ImportPlace(line: number, offset: offset)
        take(open.takeAll(), look, at: end)
        for (key, both) in summaries { takeSummary(key, both.sum, both.count, look, at: end) }
        rememberWhatIsAway()
        (counts, histograms, seenBefore) = (newCounts, newHistograms, seen)
        return page
    }

    /// This look, and how long ago the one before was.
    private struct Look {
        var now: Timestamp
        var interval: Interval?
    }

    private mutating func rememberWhatIsAway() {
        for key in seen { away[key] = nil }
        for (key, value) in counts where !seen.contains(key) { away[key] = value }
        for (key, histogram) in histograms where !seen.contains(key.counted) {
            away[key.counted] = histogram.bounds.last?.below
        }
        if away.count > maxSeries { away = [:] }
    }

    /// Whether something that was not in the look before is as if it began then.
    private func isNew(_ key: Key, _ value: Double) -> Bool {
        !seenBefore.contains(key) && value < away[key] ?? .infinity
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

    private mutating func take(_ point: PrometheusPoint, _ look: Look, at place: ImportPlace) {
        let key = Key(name: point.name, labels: point.labels.sorted())
        guard seen.insert(key).inserted else {
            return page.losses.add(Self.twice(point.name), at: place)
        }
        guard isUsable(point.value) else { return }
        guard isCounter(point.name) else {
            return sample(
                point.name, point.value, at: look.now, families.unit(of: point.name), key.labels)
        }
        rate(key, point.value, look)
    }

    private static func twice(_ name: String) -> String {
        "a series of \(name) that is there twice"
    }

    /// A finite number of a series within the limit.
    private mutating func isUsable(_ value: Double) -> Bool {
        guard value.isFinite else {
            page.notFinite += 1
            return false
        }
        return isWithinLimit()
    }

    private func isCounter(_ name: String) -> Bool {
        let base = name.hasSuffix("_total") ? String(name.dropLast(6)) : name
        if let type = families.type(of: name) ?? families.type(of: base) {
            let isUnknown = type == "unknown" || type == "untyped"
            return type == "counter" || isUnknown && name.hasSuffix("_total")
        }
        return name.hasSuffix("_total")
    }

    /// What was counted since the look before. A count that falls began anew at zero, and one that
    /// was not there before as well: services make a series when they first count.
    private mutating func grown(_ key: Key, _ value: Double, _ look: Look) -> Double? {
        newCounts[key] = value
        guard look.interval != nil else { return nil }
        guard let before = counts[key] else { return isNew(key, value) ? value : nil }
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
        _ key: Key, _ sum: Double?, _ count: Double?, _ look: Look, at place: ImportPlace
    ) {
        guard let count else {
            return page.losses.add("a summary of \(key.name) has a sum and no count", at: place)
        }
        let labels = key.labels
        let counted = key.counted
        let added = Key(name: key.name + "_sum", labels: labels)
        guard isUsable(count) else { return }
        let number = grown(counted, count, look)
        rate(counted, of: number, "/s", look)
        guard let sum else { return }
        guard sum.isFinite else {
            page.notFinite += 1
            return
        }
        let total = grown(added, sum, look)
        guard let number, let total, number > 0, let interval = look.interval else { return }
        sample(
            key.name + "_mean", total / number, at: interval.begin,
            families.unit(of: key.name), labels)
    }

    private mutating func take(
        _ done: [PrometheusHistograms.Done], _ look: Look, at place: ImportPlace
    ) {
        for histogram in done {
            let key = Key(name: histogram.family, labels: histogram.labels)
            guard seen.insert(key.counted).inserted else {
                page.losses.add("a histogram of \(histogram.family) is there twice", at: place)
                continue
            }
            if let loss = histogram.loss {
                page.losses.add(loss, at: place)
                continue
            }
            guard isWithinLimit() else { continue }
            newHistograms[key] = histogram
            let (before, total) = (histograms[key], histogram.bounds.last?.below ?? 0)
            guard let interval = look.interval, before != nil || isNew(key.counted, total)
            else { continue }
            let grown = grown(histogram, since: before)
            let distribution = grown.distribution(
                at: interval.begin, lastingMs: interval.lastingMs,
                unit: families.unit(of: histogram.family))
            guard let distribution else {
                if !grown.isEmpty { page.losses.add(grown.tooLarge, at: place) }
                continue
            }
            append(.distribution(distribution), metric: distribution.metric)
        }
    }

    private mutating func grown(
        _ histogram: PrometheusHistograms.Done, since before: PrometheusHistograms.Done?
    ) -> PrometheusHistograms.Done {
        guard let before else { return histogram }
        if let difference = histogram.since(before) { return difference }
        page.hasReset = true
        return histogram
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
