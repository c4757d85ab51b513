import TrackerLog

/// What is read of one result.
struct JMeterRow: Sendable, Hashable {
    /// `.epoch` where the file does not say it.
    var start: Timestamp
    var elapsedMs: Double
    var label: String
    var code: String
    var message: String
    var thread: String
    var isOK: Bool?

    /// A Transaction Controller's row repeats those of its requests.
    var isTransaction: Bool { message.hasPrefix("Number of samples in transaction") }

    /// Whether this is a part of the other: a redirect, or something embedded. The name alone does
    /// not tell, `register-38` is a name like any other.
    func isPart(of other: JMeterRow) -> Bool {
        let name = label.utf8
        guard name.count > other.label.utf8.count + 1, name.starts(with: other.label.utf8) else {
            return false
        }
        let rest = name.dropFirst(other.label.utf8.count)
        guard rest.first == UInt8(ascii: "-"), rest.allSatisfy(Self.isSuffix) else { return false }
        let (from, to) = (start.milliseconds, start.milliseconds + elapsedMs)
        let (otherFrom, otherTo) = (
            other.start.milliseconds, other.start.milliseconds + other.elapsedMs
        )
        return from >= otherFrom && to <= otherTo
    }

    /// The label without the numbers that parts of a request have at its end.
    var stem: Substring {
        var rest = label[...]
        while let last = rest.lastIndex(of: "-"), rest[last...].utf8.count > 1,
            rest[last...].utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
        {
            rest = rest[..<last]
        }
        return rest
    }

    private static func isSuffix(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
    }
}

/// Finds rows that are parts of another row of their thread, before or after it.
struct JMeterThreads {
    private var places: [String: Int] = [:]
    /// For each thread the last rows that may belong together.
    private var open: [[JMeterRow]] = []

    typealias Settled = (row: JMeterRow, isPart: Bool)

    /// - Returns: rows of which it is known.
    mutating func add(_ row: JMeterRow) -> [Settled] {
        // Without a time it is not known to be a part of another.
        guard !row.thread.isEmpty, row.start > .epoch else { return [(row, false)] }
        guard let place = places[row.thread] else {
            guard open.count < ImportLimits.maxKnownLabels else { return [(row, false)] }
            places[row.thread] = open.count
            open.append([row])
            return []
        }
        if belongs(row, to: open[place]) {
            open[place].append(row)
            return []
        }
        let done = Self.settled(open[place])
        open[place] = [row]
        return done
    }

    mutating func takeAll() -> [Settled] {
        let done = open.flatMap(Self.settled)
        places = [:]
        open = []
        return done
    }

    private func belongs(_ row: JMeterRow, to rows: [JMeterRow]) -> Bool {
        guard let first = rows.first, rows.count < ImportLimits.maxJMeterParts else { return false }
        let stem = row.stem
        guard first.stem.utf8.elementsEqual(stem.utf8) else { return false }
        if rows.contains(where: { row.isPart(of: $0) || $0.isPart(of: row) }) { return true }
        // Parts may come before the row that they are parts of.
        return rows.allSatisfy { $0.stem.utf8.count < $0.label.utf8.count }
    }

    private static func settled(_ rows: [JMeterRow]) -> [Settled] {
        guard rows.count > 1 else { return rows.map { ($0, false) } }
        return rows.map { row in (row, rows.contains { row.isPart(of: $0) }) }
    }
}

/// Gives results to the log.
struct JMeterSink {
    var target = URLSummary()
    private var threads = JMeterThreads()
    private var labels: [String: [Label]] = [:]
    private var transactions = 0
    private var rows = 0
    var parts = 0
    /// Rows that a plugin made of a machine or of the test: they name no thread and no answer.
    var readings = 0

    mutating func add(_ row: JMeterRow, to output: inout ImportOutput) {
        rows += 1
        for done in threads.add(row) { write(done, to: &output) }
    }

    mutating func finish(to output: inout ImportOutput) throws(ImportError) {
        guard rows > 0 || readings == 0 else {
            throw .refused(
                format: "JMeter readings",
                reason: "its rows are readings of a plugin (PerfMon), and no request is among them",
                advice: "Import the results of the test: jmeter -n -t plan.jmx -l results.jtl",
                place: nil)
        }
        for done in threads.takeAll() { write(done, to: &output) }
    }

    /// The run, after the last row.
    func run() -> ImportedRun {
        var run = ImportedRun()
        run.latency = .uncorrected
        run.target = target.text
        if run.target == nil { run.lacks.append("the URL") }
        if transactions > 0 {
            run.leftOut.append(
                "\(transactions) transactions from the latencies: they repeat their requests"
                    + " (metric transaction.latency_ms)")
        }
        if parts > 0 {
            run.leftOut.append(
                "\(parts) parts of requests from the latencies (redirects, embedded files)")
        }
        if readings > 0 {
            run.leftOut.append("\(readings) readings of a plugin (PerfMon): they are no requests")
        }
        run.leftOut += ["times to the first byte and to connect", "bytes", "failure messages"]
        return run
    }

    private mutating func write(_ done: JMeterThreads.Settled, to output: inout ImportOutput) {
        let row = done.row
        if done.isPart { parts += 1 }
        if row.isTransaction { transactions += 1 }
        let metric =
            row.isTransaction
            ? "transaction.latency_ms" : done.isPart ? "http.part_latency_ms" : "http.latency_ms"
        output.sample(
            metric, row.elapsedMs, at: row.start, lastingMs: row.elapsedMs, unit: "ms",
            labels: labels(of: row), ok: row.isOK)
    }

    private mutating func labels(of row: JMeterRow) -> [Label] {
        let key = row.code + "\u{0}" + row.label
        if let known = labels[key] { return known }
        var new: [Label] = []
        func text(_ value: String) -> String { String(value.prefix(ImportLimits.maxLabelBytes)) }
        if !row.label.isEmpty { new.append(Label("route", text(row.label))) }
        let exception = "Non HTTP response code: "
        if row.code.hasPrefix(exception) {
            new.append(Label("error", text(String(row.code.dropFirst(exception.count)))))
        } else if Int(row.code) != nil {
            new.append(Label("status", row.code))
        } else if !row.code.isEmpty {
            new.append(Label("code", text(row.code)))
        }
        if labels.count < ImportLimits.maxKnownLabels { labels[key] = new }
        return new
    }
}
