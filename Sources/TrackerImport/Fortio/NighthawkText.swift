import TrackerLog

/// What Nighthawk prints for people: statistics and counters of all workers together. They are read
/// as those of its JSON.
struct NighthawkText: LineFormat {
    static let name = "Nighthawk text"
    static let tool = "nighthawk"
    static let lacks = [
        "single requests", "the URL", "the start and length of the test",
        "fractions of a microsecond",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        head.hasLine(beginning: "Nighthawk - A layer 7")
    }

    private static let ids = [
        "Queueing and connection setup latency": "benchmark_http_client.queue_to_connect",
        "Request start to response end": "benchmark_http_client.request_to_response",
    ]

    private var hasBegun = false
    private var statistics: [Statistic] = []
    private var counters: [JSONValue] = []
    private var isInCounters = false
    private var lastPlace = ImportPlace(line: 1, offset: 0)

    private struct Statistic {
        var members: [JSONValue.Member]
        var percentiles: [JSONValue] = []

        var json: JSONValue {
            .object(members + [.init("percentiles", .array(percentiles))])
        }
    }

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.plainText.trimmedBlanks
        guard !text.isEmpty else { return }
        if text.hasPrefix("Nighthawk - A layer 7") {
            end(into: &output)
            hasBegun = true
        } else if hasBegun {
            lastPlace = line.place
            readRow(text)
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        end(into: &output)
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name, reason: "no statistic and no counter is in it",
            advice: "Save all that it prints, or let it write a file:"
                + " nighthawk_client --output-format json URL > FILE",
            place: nil)
    }

    private mutating func readRow(_ text: String) {
        if let open = text.lastIndex(of: "("), text.hasSuffix(" samples)") {
            let title = String(text[..<open]).trimmedBlanks
            let count = String(text[text.index(after: open)...].dropLast(" samples)".count))
            statistics.append(
                Statistic(members: [
                    .init("id", .string(Self.ids[title] ?? title)), .init("count", .string(count)),
                ]))
            isInCounters = false
        } else if text.hasPrefix("min:") {
            for part in text.split(separator: "|") {
                let pair = part.split(separator: ":", maxSplits: 1).map { String($0).trimmedBlanks }
                if pair.count == 2 { add(pair[0], pair[1]) }
            }
        } else if text.hasPrefix("Counter") {
            isInCounters = true
        } else if isInCounters {
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 3, DecimalText.whole(words[1]) != nil,
                DecimalText.number(words[2]) != nil
            else { return }
            counters.append(
                .object([
                    .init("name", .string(words[0])), .init("value", .string(words[1])),
                    .init("per_second", .number(words[2])),
                ]))
        } else {
            let words = text.split(separator: " ").map(String.init)
            guard words.count > 2, let last = statistics.indices.last,
                let rank = DecimalText.number(words[0]), (0..<1).contains(rank),
                let time = Self.seconds(words[2...].joined())
            else { return }
            statistics[last].percentiles.append(
                .object([
                    .init("percentile", .double(rank)), .init("duration", .string(time)),
                ]))
        }
    }

    private mutating func add(_ name: String, _ text: String) {
        guard let last = statistics.indices.last, let time = Self.seconds(text) else { return }
        statistics[last].members.append(.init(name, .string(time)))
    }

    /// `0s 001ms 000us`, as its JSON has it: `0.001s`.
    private static func seconds(_ text: String) -> String? {
        // All three parts are there, however short the time.
        let parts = text.replacing(" ", with: "")
        guard parts.hasSuffix("us") else { return nil }
        return DurationText.go(parts).map { "\(JSONValue.double($0 / 1e3).text)s" }
    }

    private mutating func end(into output: inout ImportOutput) {
        defer { (statistics, counters, isInCounters) = ([], [], false) }
        guard !statistics.isEmpty || !counters.isEmpty else { return }
        // Counters stand at the end.
        if counters.isEmpty {
            output.lostEnd(of: "report", at: lastPlace)
            output.isPartial = true
        }
        var run = ImportedRun()
        run.latency = .uncorrected
        let all = JSONValue.object([
            .init("statistics", .array(statistics.map(\.json))),
            .init("counters", .array(counters)),
        ])
        NighthawkReport.readLatency(all, &run)
        NighthawkReport.readCounters(all, seconds: nil, &run)
        run.leftOut = ["statistics of connections, queues and sizes"]
        output.endRun(run)
        output.isPartial = false
    }
}
