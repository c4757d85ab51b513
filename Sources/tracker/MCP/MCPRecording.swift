import ArgumentParser
import TrackerLoad
import TrackerLog

/// The tools that append to the log: by the commands that a person would use.
struct MCPRecording {
    let options: MCPOptions
    let user: String
    let stop: StopSwitch
    /// Where the commands print.
    let captured: CapturedConsole

    /// - Parameter client: name of the program that asked.
    func note(_ arguments: MCPArguments, of client: String) throws -> [String] {
        // Who wrote it is part of a note; an agent is not the person of this account.
        let mark = " (mcp)"
        let author = cut(client, to: EditLimits.maxNameBytes - mark.utf8.count) + mark
        let command = try NoteCommand.parse(
            options.words + [
                "--by=\(author)", "--", arguments.required("session"), arguments.required("text"),
            ])
        try command.run()
        let text = String(decoding: captured.output, as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).map(String.init)
    }

    func load(_ arguments: MCPArguments) async throws -> [String] {
        let url = arguments.required("url")
        let target: TargetURL
        do throws(LoadError) {
            target = try TargetURL(parsing: url)
        } catch {
            throw MCPRefusal("\(error)")
        }
        guard Self.isThisMachine(target.origin) else {
            throw MCPRefusal(
                "\(target.origin) is not this machine: an agent may load only localhost, 127.x.x.x"
                    + " and [::1]. A person can run `tracker load`")
        }
        let plain = NumberFormat.plain
        let rate = try arguments.number(
            "rate", 0.1...MCPLimits.maxRate, usually: MCPLimits.usualRate)
        let seconds = try arguments.number(
            "duration_s", 1...MCPLimits.maxLoadSeconds, usually: MCPLimits.usualLoadSeconds)
        var words =
            options.words + [
                "--json", "--rate", plain.fixed(rate, digits: 3, trimsZeros: true), "--duration",
                plain.fixed(seconds * 1_000, digits: 0) + "ms",
            ]
        if let name = arguments.text("name") { words += ["--new-session", "--name=\(name)"] }
        do {
            try await LoadCommand.parse(words + ["--", url]).run(stop: stop)
        } catch let error as ExitCode {
            // One that was stopped has numbers all the same, and says that it was.
            guard !captured.output.isEmpty else { throw error }
        }
        return lines(ofSummary: try JSONValue(parsing: captured.output))
    }

    /// Only what no resolver is asked for: `127.999.1.1` is a name, and `127.0.0.08` as well, since
    /// a zero in front makes the digits octal.
    private static func isThisMachine(_ origin: Origin) -> Bool {
        guard origin.host.hasPrefix("127.") else { return origin.isLoopback }
        let octets = origin.host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4
            && octets.allSatisfy { text in
                UInt8(text).map { String($0) == text } ?? false
            }
    }

    private func cut(_ text: String, to bytes: Int) -> String {
        var text = text
        while text.utf8.count > bytes { text.removeLast() }
        return text
    }

    /// The summary of a run in a few lines.
    private func lines(ofSummary summary: JSONValue) -> [String] {
        let plain = NumberFormat.plain
        func number(_ name: String, _ unit: String?) -> String {
            summary[name]?.doubleValue.map { plain.quantity($0, unit: unit) } ?? "-"
        }
        func count(_ name: String) -> String { summary[name]?.intValue.map(String.init) ?? "-" }
        let session = summary["session_id"]?.stringValue ?? ""
        let run = summary["run"]?.stringValue ?? ""
        let n = Double(summary["successful_requests"]?.intValue ?? 0)
        let quantiles = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)].map { name, q in
            let mark = NearestRank.hasFewSamples(n, beyond: q) ? "~" : ""
            return "\(name) \(mark)\(number("\(name)_ms", "ms"))"
        }
        var lines = [
            "\(summary["state"]?.stringValue ?? "unknown"): \(user)/\(session)#\(run)",
            "n = \(count("total_requests")), failed = \(count("failed_requests"))"
                + " (\(number("error_rate", "%"))); throughput \(number("throughput", "/s"))",
            "mean \(number("avg_latency_ms", "ms")), " + quantiles.joined(separator: ", "),
        ]
        if let limit = summary["generator_limit"]?.stringValue {
            lines.append("Doubt: the generator, not the target, may be the limit: \(limit)")
        }
        return lines + [
            "~ marks percentiles with fewer than \(LogLimits.fewSamplesBeyond) samples beyond.",
            "One run has no interval: record three of each side, then ask compare.",
        ]
    }
}
