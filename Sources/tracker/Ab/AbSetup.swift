import ArgumentParser
import TrackerAnalysis
import TrackerClient
import TrackerLoad
import TrackerLog

/// What an experiment compares, as it was asked for.
struct AbSetup {
    private let options: AbOptions

    init(_ options: AbOptions) { self.options = options }

    /// The numbers that are to be settled, and by which differences.
    func settings(variants: Int, seed: Int) throws -> ExperimentSettings {
        let metric =
            options.metric
            ?? (options.command.isEmpty
                ? "http.latency_ms" : CommandMetric.wall.rawValue)
        let names =
            !options.number.isEmpty
            ? options.number : options.command.isEmpty ? ["p95", "errors"] : ["mean"]
        let numbers = try names.map { name in
            guard let found = Statistic.allCases.first(where: { GateLimit.name(of: $0) == name })
            else {
                let known = Statistic.allCases.map(GateLimit.name).joined(separator: ", ")
                throw ValidationError("--number \"\(printable(name))\": give one of \(known)")
            }
            guard found.quantile == nil || options.command.isEmpty else {
                throw ValidationError(
                    "--number \(name): a command has one value a run, of which no percentile is"
                        + " known: give mean, rps or errors")
            }
            return found
        }
        return ExperimentSettings(
            metric: metric, numbers: Statistic.allCases.filter(numbers.contains),
            minEffect: try options.effects.share,
            minErrorPoints: try options.effects.points, variants: variants,
            seed: seed)
    }

    /// The variants, where the working trees are made.
    /// - Parameter trees: one for each commit.
    func variants(_ trees: [AbWorktrees.Tree]) throws -> [AbVariant] {
        guard !trees.isEmpty else { return try variants(in: nil, commit: nil, name: nil) }
        return try trees.flatMap {
            try variants(in: $0.folder, commit: $0.commit, name: $0.name)
        }
    }

    /// Checks what can be checked before anything is made.
    func check() throws { _ = try variants(in: nil, commit: nil, name: nil) }

    private func variants(
        in folder: String?, commit: GitCommit?, name: String?
    ) throws -> [AbVariant] {
        if !options.command.isEmpty {
            return options.command.map { text in
                var program = MeasuredProgram(
                    words: ["/bin/sh", "-c", text], readsInput: false,
                    showsOutput: options.showOutput)
                program.folder = folder
                return AbVariant(
                    name: Self.name(name ?? text), subject: .program(program),
                    target: Self.target(text), commit: commit)
            }
        }
        if !options.urls.isEmpty {
            return try options.urls.map { url in
                let target = try TargetURL(parsing: url)
                return AbVariant(
                    name: Self.name("\(target)"),
                    subject: .url(try options.load.plan(targets: [target])),
                    target: Self.target("\(target)"))
            }
        }
        return try options.servers.map { text in
            let target = try TargetURL(parsing: options.url ?? "", argument: "--url")
            var load = options.load
            load.warmup = load.warmup ?? AbLimits.warmup
            let plan = try load.plan(targets: [target])
            let server = AbServer(
                command: text, folder: folder, probe: try AbServer.probe(target, like: plan),
                startTimeout: try DurationText.parse(
                    options.startTimeout, argument: "--start-timeout"),
                showsOutput: options.showOutput)
            return AbVariant(
                name: Self.name(name ?? text), subject: .server(server, plan),
                target: Self.target("\(target)"), commit: commit)
        }
    }

    private static func name(_ text: String) -> String {
        shortened(text, SequentialLimits.maxVariantNameBytes)
    }

    private static func target(_ text: String) -> String {
        shortened(text, LogLimits.maxNameBytes)
    }

    private static func shortened(_ text: String, _ bytes: Int) -> String {
        var text = text
        while text.utf8.count > bytes { text.removeLast() }
        return text
    }
}
