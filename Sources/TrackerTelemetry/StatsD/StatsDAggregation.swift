package import TrackerImport
package import TrackerLog

/// An event, and how many values it has.
package struct StatsDRecord: Sendable {
    package var event: Event
    /// None of a counter that pauses.
    package var values: Int
}

/// What was received within an interval, as events of the log.
package struct StatsDInterval: Sendable {
    package var begin: Timestamp
    package var records: [StatsDRecord]
    /// Since the port was opened.
    package var counts: StatsDCounts
}

/// Gathers the values of a StatsD port. Pure: the clock and the datagrams come from outside.
///
/// Timers, histograms and distributions become one distribution for each series and interval, in
/// the buckets that the index uses as well: no percentile differs from that of single samples.
/// Counters become a rate per second, gauges the value at the end of the interval.
package struct StatsDAggregation {
    private struct Key: Hashable {
        var kind: StatsDLine.Kind
        var metric: ExactText
        var labels: [Label]
    }

    private struct Series {
        var key: Key
        /// Distributions, and timers.
        var builder = HistogramBuilder()
        /// What sampled values stand for beyond whole numbers of them.
        var fraction = 0.0
        /// A counter's sum, or a gauge's value.
        var number = 0.0
        /// How many there were in the interval.
        var values = 0
        var isTouched = false
        /// Intervals since the counter's last news; without any it is as one that has long ceased.
        var quietIntervals = TelemetryLimits.counterZeros
    }

    private var series: [Series] = []
    /// Series by what makes them.
    private var places: [Key: Int] = [:]
    /// Series by the hash of the bytes that name them, so that a known one needs no text. Checked
    /// against those bytes.
    private var known: [UInt64: (bytes: [UInt8], index: Int)] = [:]
    private var touched: [Int] = []
    private var counters: [Int] = []
    private let maxSeries: Int

    package private(set) var counts = StatsDCounts()

    package init(maxSeries: Int = TelemetryLimits.statsdSeries) { self.maxSeries = maxSeries }

    /// Lines of metrics, one or more.
    package mutating func take(_ datagram: ByteView) {
        counts.datagrams += 1
        var start = 0
        while start < datagram.count {
            let end = datagram.firstIndex(of: UInt8(ascii: "\n"), from: start) ?? datagram.count
            let line = datagram[start..<end].trimmed
            start = end + 1
            if !line.isEmpty { take(line: line) }
        }
    }

    package mutating func noteDrops(_ count: Int?) { counts.droppedBySystem = count }

    /// Values of the interval before that the log did not take.
    package mutating func refuse(recorded count: Int) { counts.refuse(recorded: count) }

    private mutating func take(line: ByteView) {
        do throws(StatsDLine.Failure) {
            let metric = try StatsDLine(line)
            var (values, bad) = ([StatsDLine.Value](), 0)
            metric.forEachValue { value in
                if let value { values.append(value) } else { bad += 1 }
            }
            for _ in 0..<bad { refuse(.malformed, "a value that is no number", line) }
            // A line without a value makes no series.
            if values.isEmpty { return }
            guard let index = place(of: metric) else {
                return refuse(.tooManySeries, "more than \(maxSeries) series", line)
            }
            for value in values where !add(value, rate: metric.rate, to: index) {
                refuse(.tooLarge, "more than a number holds", line)
            }
        } catch {
            switch error {
            case .refused(let refusal, let why): refuse(refusal, why, line)
            }
        }
    }

    private mutating func refuse(_ refusal: StatsDRefusal, _ why: String, _ line: ByteView) {
        guard counts.example == nil else { return counts.refuse(refusal) }
        let text = line.prefix(TelemetryLimits.quotedBytes).text
        counts.refuse(refusal, example: "\(why): \(text)")
    }

    // MARK: series

    private mutating func place(of metric: StatsDLine) -> Int? {
        let hash = Self.hash(metric)
        if let found = known[hash], Self.isSame(found.bytes, metric) { return found.index }
        let key = Key(
            kind: metric.kind, metric: ExactText(metric.name.text), labels: metric.labels)
        if let index = places[key] { return index }
        guard series.count < maxSeries else { return nil }
        let index = series.count
        series.append(Series(key: key))
        places[key] = index
        if metric.kind == .counter { counters.append(index) }
        known[hash] = (Self.bytes(metric), index)
        return index
    }

    private static func hash(_ metric: StatsDLine) -> UInt64 {
        let name = unsafe XXHash64.hash(metric.name.raw)
        guard let tags = metric.tags else { return name ^ UInt64(metric.kind.rawValue) }
        let rest = unsafe XXHash64.hash(tags.raw)
        return (name &* 31 &+ rest) ^ UInt64(metric.kind.rawValue)
    }

    /// No line has a bar in its name, and none a zero byte that would be taken for this one.
    private static func bytes(_ metric: StatsDLine) -> [UInt8] {
        [metric.kind.rawValue] + metric.name.array
            + (metric.tags.map { [UInt8(ascii: "|")] + $0.array } ?? [])
    }

    private static func isSame(_ bytes: [UInt8], _ metric: StatsDLine) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            let known = unsafe ByteView(buffer)
            let tags = metric.tags.map { $0.count + 1 } ?? 0
            guard known.count == 1 + metric.name.count + tags,
                known[0] == metric.kind.rawValue
            else { return false }
            let name = known[1..<1 + metric.name.count]
            guard name.equals(metric.name) else { return false }
            guard let text = metric.tags else { return true }
            return known.dropFirst(2 + metric.name.count).equals(text)
        }
    }

    /// - Returns: false for a value that does not fit with those before it: they stay.
    private mutating func add(_ value: StatsDLine.Value, rate: Double, to index: Int) -> Bool {
        switch (series[index].key.kind, value) {
        case (.counter, .absolute(let number)), (.counter, .change(let number)):
            let sum = series[index].number + number / rate
            // What is a rate later is a number as well.
            guard (sum * Self.msPerSecond).isFinite else { return false }
            series[index].number = sum
        case (.gauge, .absolute(let number)): series[index].number = number
        case (.gauge, .change(let number)):
            let level = series[index].number + number
            guard level.isFinite else { return false }
            series[index].number = level
        case (.timer, .absolute(let number)), (.timer, .change(let number)),
            (.distribution, .absolute(let number)), (.distribution, .change(let number)):
            let weight = 1 / rate + series[index].fraction
            let whole = weight.rounded(.down)
            guard series[index].builder.hasRoom(for: number, count: UInt64(whole)) else {
                return false
            }
            series[index].fraction = weight - whole
            series[index].builder.add(number, count: UInt64(whole))
        }
        counts.take()
        series[index].values += 1
        if !series[index].isTouched {
            series[index].isTouched = true
            touched.append(index)
        }
        return true
    }

    private static let msPerSecond = 1_000.0

    // MARK: events

    /// Ends the interval, and begins the next.
    /// - Parameter lastingMs: its length by a clock that nobody sets.
    package mutating func takeInterval(
        from begin: Timestamp, lastingMs: Double
    ) -> StatsDInterval {
        let lastingMs = max(lastingMs, 1)
        var records: [StatsDRecord] = []
        for index in touched where series[index].key.kind != .counter {
            record(index, begin, lastingMs, in: &records)
            series[index].isTouched = false
        }
        touched.removeAll(keepingCapacity: true)
        for index in counters {
            if series[index].isTouched {
                series[index].quietIntervals = 0
            } else {
                series[index].quietIntervals += 1
            }
            series[index].isTouched = false
            guard series[index].quietIntervals <= TelemetryLimits.counterZeros else { continue }
            record(index, begin, lastingMs, in: &records)
        }
        return StatsDInterval(begin: begin, records: records, counts: counts)
    }

    /// Forgets all series: their run is over.
    package mutating func forgetSeries() {
        series = []
        places = [:]
        known = [:]
        touched = []
        counters = []
    }

    private mutating func record(
        _ index: Int, _ begin: Timestamp, _ lastingMs: Double, in records: inout [StatsDRecord]
    ) {
        guard let event = event(of: index, begin, lastingMs) else { return }
        records.append(StatsDRecord(event: event, values: series[index].values))
        series[index].values = 0
    }

    private mutating func event(of index: Int, _ begin: Timestamp, _ lastingMs: Double) -> Event? {
        let key = series[index].key
        switch key.kind {
        case .counter:
            let perSecond = series[index].number * Self.msPerSecond / lastingMs
            series[index].number = 0
            return Self.sample(key, perSecond, at: begin, unit: "/s")
        case .gauge: return Self.sample(key, series[index].number, at: begin, unit: nil)
        case .timer, .distribution:
            let builder = series[index].builder
            series[index].builder = HistogramBuilder()
            return builder.distribution(
                key.metric.text, at: begin, lastingMs: lastingMs,
                unit: key.kind == .timer ? "ms" : nil, labels: key.labels
            ).map(Event.distribution)
        }
    }

    private static func sample(
        _ key: Key, _ value: Double, at time: Timestamp, unit: String?
    ) -> Event? {
        guard value.isFinite else { return nil }
        return .sample(
            Sample(
                timestamp: time, metric: key.metric.text, value: value, unit: unit,
                labels: key.labels))
    }
}

extension ByteView {
    fileprivate func equals(_ other: ByteView) -> Bool {
        unsafe count == other.count && raw.elementsEqual(other.raw)
    }
}
