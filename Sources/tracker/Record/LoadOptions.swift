import ArgumentParser
import TrackerClient
import TrackerLoad
import TrackerLog

/// The options that define what a load test sends.
struct LoadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Open loop: requests per second, for example 200, 0.5 or 30/m.", valueName: "rate"))
    var rate: String?

    @Option(
        help: ArgumentHelp(
            "Open loop: ramps, for example 10s:100,30s:500, starting from --rate or 0.",
            valueName: "list"))
    var stages: String?

    @Option(help: "Open loop: constant (evenly spaced) or poisson (random, as users come).")
    var arrivals: Schedule.Arrivals = .constant

    @Option(help: ArgumentHelp("Closed loop: connections (default: 1).", valueName: "n"))
    var connections: Int?

    @Option(
        help: ArgumentHelp(
            "A warm-up before the test, recorded but not counted (default: 0s).",
            valueName: "duration"))
    var warmup: String?

    @Option(
        help: ArgumentHelp(
            "The test's length, for example 500ms, 30s, 5m (default without --requests: 10s).",
            valueName: "duration"))
    var duration: String?

    @Option(help: ArgumentHelp("The total number of requests.", valueName: "n"))
    var requests: UInt64?

    @Option(help: ArgumentHelp("The HTTP method (default: GET; POST with a body).", valueName: "m"))
    var method: String?

    @Option(help: ArgumentHelp("A header, 'Name: value'; may be repeated.", valueName: "line"))
    var header: [String] = []

    @Option(help: ArgumentHelp("The request's body.", valueName: "text"))
    var body: String?

    @Option(help: ArgumentHelp("A file with the request's body.", valueName: "file"))
    var bodyFile: String?

    @Option(
        help: ArgumentHelp(
            "With several URLs: the share of each, for example 5,1.", valueName: "list"))
    var weights: String?

    @Option(
        help: ArgumentHelp(
            "An unanswered request fails after this time.", valueName: "duration"))
    var timeout = "10s"

    @Option(
        help: ArgumentHelp(
            """
            Open loop: the maximum number of connections (default: \
            \(LoadLimits.defaultMaxConnections)).
            """, valueName: "n"))
    var maxConnections: Int?

    var isOpenLoop: Bool { rate != nil || stages != nil }
    var connectionLimit: Int { maxConnections ?? LoadLimits.defaultMaxConnections }

    @Option(
        help: ArgumentHelp(
            "The seed for random arrivals and the order of several URLs.", valueName: "n"))
    var seed: UInt64 = 1

    @Flag(help: "https: accept any certificate.")
    var insecure = false

    @Option(help: ArgumentHelp("https: a PEM file of certificates to trust.", valueName: "file"))
    var caFile: String?

    func validate() throws {
        guard !isOpenLoop || connections == nil else {
            throw ValidationError(
                "--rate and --stages are open loop, --connections is closed loop: give only one "
                    + "kind. To limit the connections of an open loop, use --max-connections")
        }
        guard arrivals == .constant || isOpenLoop else {
            throw ValidationError("--arrivals poisson needs --rate or --stages")
        }
        guard stages == nil || duration == nil else {
            throw ValidationError("--stages already define the length of the test: omit --duration")
        }
        guard body == nil || bodyFile == nil else {
            throw ValidationError("give --body or --body-file, not both")
        }
    }

    /// Not of a search for the highest rate, whose first rate may be measured.
    func checkConnections() throws {
        guard maxConnections == nil || isOpenLoop else {
            throw ValidationError(
                "--max-connections limits an open loop, of --rate or --stages: a closed loop has as"
                    + " many as --connections says")
        }
    }

    func plan(targets: [TargetURL]) throws -> LoadPlan {
        let origin = try commonOrigin(targets)
        var bytes = Array((body ?? "").utf8)
        if let bodyFile {
            bytes = try SmallFile.read(bodyFile, maxBytes: LoadLimits.maxBodyBytes)
        }
        var headers: [RequestTemplate.Header] = []
        for line in header { headers.append(try RequestTemplate.Header(parsing: line)) }
        let hasBody = body != nil || bodyFile != nil
        let weights = try parsedWeights(count: targets.count)
        var templates: [RequestTemplate] = []
        for (target, weight) in zip(targets, weights) {
            templates.append(
                try RequestTemplate(
                    target: target, method: method ?? (hasBody ? "POST" : "GET"),
                    headers: headers, body: bytes, weight: weight))
        }
        return try LoadPlan(
            origin: origin,
            tls: TLSSettings(verifiesCertificate: !insecure, authorityFile: caFile),
            templates: templates, model: try model(),
            warmup: try DurationText.parse(warmup ?? "0s", argument: "--warmup"),
            duration: try optionalDuration(), requests: requests,
            timeout: try DurationText.parse(timeout, argument: "--timeout"),
            maxConnections: connectionLimit, seed: seed)
    }

    private func commonOrigin(_ targets: [TargetURL]) throws(LoadError) -> Origin {
        guard let origin = targets.first?.origin else {
            throw .invalid(argument: "URL", value: "", problem: "give at least one")
        }
        for target in targets where target.origin != origin {
            throw .invalid(
                argument: "URL", value: "\(target)",
                problem: "all URLs of a run must have the same host and port, \(origin) here: test "
                    + "two services in two runs")
        }
        return origin
    }

    private func parsedWeights(count: Int) throws(LoadError) -> [Int] {
        guard let weights else { return Array(repeating: 1, count: count) }
        let numbers = weights.split(separator: ",", omittingEmptySubsequences: false).map {
            Int($0) ?? 0
        }
        let range = 1...LoadLimits.maxWeight
        guard numbers.count == count, numbers.allSatisfy(range.contains) else {
            throw .invalid(
                argument: "--weights", value: weights,
                problem: "give a whole number from 1 to \(range.upperBound) for each of the "
                    + "\(count) URLs, separated by commas")
        }
        return numbers
    }

    private func model() throws(LoadError) -> LoadModel {
        var start: Rate?
        if let rate { start = try Rate(parsing: rate, argument: "--rate") }
        let profile: Schedule.Profile
        if let stages {
            profile = .stages(
                try Schedule.stages(parsing: stages, startRate: start, argument: "--stages"))
        } else if let start {
            profile = .constant(start)
        } else {
            return .closed(connections: connections ?? 1)
        }
        return .open(Schedule(profile: profile, arrivals: arrivals, seed: seed))
    }

    private func optionalDuration() throws(LoadError) -> Duration? {
        guard let duration else { return nil }
        return try DurationText.parse(duration, argument: "--duration")
    }
}

extension Schedule.Arrivals: ExpressibleByArgument {}
extension RecordingDetail: ExpressibleByArgument {}
