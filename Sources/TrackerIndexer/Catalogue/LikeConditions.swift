import TrackerLog

/// What must be alike for one run to say how much another one varies.
package enum LikeConditions {
    /// The commit is none: runs of one commit are rarely more than a few. Nor is the duration: what
    /// a shorter run varies more is taken into account by its variance within.
    package static let names: Set<String> = [
        "host", "cores", "cpu_model", "governor", "load_model", "latency", "method", "rate",
        "rate_per_s", "rate_per_second", "target_rps", "stages", "start_rate", "arrivals",
        "connections", "max_connections", "concurrency", "vus", "routes", "body_bytes",
        requests,
    ]

    /// What `tracker load` sent: URLs, weights, methods, headers and bodies.
    package static let requests = "request_mix"

    /// Equal for runs under like conditions, and for no others.
    package static func key(of run: RunSummary) -> String {
        var facts = run.conditions.filter { names.contains($0.key) }.map {
            JSONValue.object([$0]).text
        }
        if let test = run.test { facts.append(JSONValue.string(test).text) }
        return XXHash64.hex(XXHash64.hash(Array(facts.sorted().joined(separator: "\n").utf8)))
    }

    /// Equal for sessions whose finished runs had the same conditions; `nil` without such a run.
    static func key(of runs: [RunSummary]) -> String? {
        let counted = runs.filter { $0.state == .finished && $0.leftOut == nil }
        let keys = counted.map { key(of: $0) }.distinctSorted
        guard keys.count != 1 else { return keys.first }
        guard !keys.isEmpty else { return nil }
        return XXHash64.hex(XXHash64.hash(Array(keys.joined(separator: "\n").utf8)))
    }
}
