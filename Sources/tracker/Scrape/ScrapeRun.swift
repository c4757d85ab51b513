import TrackerClient
import TrackerImport
import TrackerLoad
import TrackerLog
import TrackerTelemetry

/// Looks at a page of metrics again and again, and records what it says as a run.
struct ScrapeRun {
    let log: Recording
    let target: TargetURL
    let targetName: String?
    let timing: ScrapeTiming
    let prefixes: [String]

    /// The kind of test that these runs are.
    static let test = "scrape"

    func execute(_ fetch: PageFetch, stop: StopSwitch) async -> ScrapeResult {
        let run = log.startRun(
            test: Self.test, target: targetName, params: params,
            id: RunNaming.generate(test: Self.test))
        var result = ScrapeResult()
        var reader = ScrapeReader(prefixes: prefixes)
        let begin = ContinuousClock.now
        var last: (wall: Timestamp, clock: ContinuousClock.Instant)?
        while !stop.isStopped {
            let look = (wall: Timestamp.now, clock: ContinuousClock.now)
            do throws(PageFetch.Failure) {
                let text = try await fetch.get()
                let interval = last.map {
                    ScrapeReader.Interval(
                        begin: $0.wall, lastingMs: (look.clock - $0.clock) / .milliseconds(1))
                }
                let page = reader.read(text, at: look.wall, since: interval)
                result.add(page, recorded: try record(page, in: run))
                last = look
            } catch {
                // A stop ends the request as well.
                if stop.isStopped { break }
                result.fail("\(error)", target: target)
            }
            guard let pause = timing.pause(since: begin, now: .now) else { break }
            await stop.pause(for: pause)
        }
        run.summary = result.json
        let isCut = stop.isStopped && timing.length != nil
        if result.looks == 0 {
            run.end(.failed, reason: "no look gave metrics: \(result.lastFailure ?? "stopped")")
        } else {
            run.end(isCut ? .stopped : .finished, reason: isCut ? "stopped early" : nil)
        }
        return result
    }

    private var params: JSONValue {
        var members = [
            JSONValue.Member("url", .string(target.description)),
            .init("every", .string(DurationText.text(of: timing.every))),
            .init("latency", .string("the service's own, within the buckets of its histograms")),
        ]
        if !prefixes.isEmpty {
            members.append(.init("match", .array(prefixes.map(JSONValue.string))))
        }
        return .object(members)
    }

    /// - Returns: how many values the log took.
    /// - Throws: when the page is something else.
    private func record(_ page: ScrapedPage, in run: Run) throws(PageFetch.Failure) -> Int {
        guard page.points > 0 else {
            throw PageFetch.Failure(
                description: page.losses.count > 0
                    ? "the page is no Prometheus text; is the URL that of the metrics?"
                    : "the page has no metrics")
        }
        for said in page.declarations {
            log.describe(said.metric, unit: said.unit, kind: said.kind, better: said.better)
        }
        return page.events.count { log.writer.append($0.of(run: run.id)) }
    }
}

/// What the looks gave together.
struct ScrapeResult {
    private(set) var looks = 0
    private(set) var failed = 0
    private(set) var values = 0
    /// Looks that found that the service had begun anew.
    private(set) var resets = 0
    /// Values that the log did not take.
    private var notRecorded = 0
    private var notFinite = 0
    private var leftOut = 0
    private var lost = 0
    private var firstLoss: String?
    private(set) var lastFailure: String?
    private var isAway = false

    mutating func add(_ page: ScrapedPage, recorded: Int) {
        if isAway { printError("The target answers again.") }
        isAway = false
        if page.leftOut > 0, leftOut == 0 {
            printError(
                "warning: series beyond \(TelemetryLimits.scrapedSeries) are left out; choose with"
                    + " --match")
        }
        looks += 1
        values += recorded
        notRecorded += page.events.count - recorded
        if page.hasReset { resets += 1 }
        notFinite = max(notFinite, page.notFinite)
        leftOut = max(leftOut, page.leftOut)
        lost = max(lost, page.losses.count)
        firstLoss = firstLoss ?? page.losses.text
    }

    mutating func fail(_ reason: String, target: TargetURL) {
        if !isAway { printError("warning: \(target): \(reason); asking on") }
        isAway = true
        failed += 1
        lastFailure = reason
    }

    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("looks", .integer(looks)), .init("failed_looks", .integer(failed)),
            .init("values", .integer(values)), .init("restarts", .integer(resets)),
            .init("not_recorded", .integer(notRecorded)),
            .init("not_finite", .integer(notFinite)), .init("left_out", .integer(leftOut)),
            .init("unreadable_lines", .integer(lost)),
        ]
        if let firstLoss { members.append(.init("first_unreadable", .string(firstLoss))) }
        if let lastFailure { members.append(.init("last_failure", .string(lastFailure))) }
        return .object(members)
    }

    /// For example `60 looks, 3 failed: 4,210 values; the service began anew once`.
    var text: String {
        let number = NumberFormat.plain
        var text = "\(number.count(looks)) looks"
        if failed > 0 { text += ", \(number.count(failed)) failed (\(lastFailure ?? "unknown"))" }
        text += ": \(number.count(values)) values"
        if resets > 0 { text += "; the service began anew \(number.count(resets)) times" }
        if notRecorded > 0 { text += "; not recorded: \(number.count(notRecorded)) values" }
        if notFinite > 0 {
            text += "; NaN or infinite: \(number.count(notFinite)) values of a look"
        }
        if leftOut > 0 { text += "; left out: \(number.count(leftOut)) series" }
        if let firstLoss { text += "; not read: \(firstLoss)" }
        return text
    }
}
