import TrackerIndexer
import TrackerLog

/// What must be alike for one run to say how much another one varies.
enum LikeConditions {
    /// The commit is none: runs of one commit are rarely more than a few. Nor is the duration: what
    /// a shorter run varies more is taken into account by its variance within.
    static let names: Set<String> = [
        "host", "cores", "cpu_model", "governor", "load_model", "latency", "method", "rate",
        "rate_per_s", "rate_per_second", "target_rps", "stages", "start_rate", "arrivals",
        "connections", "max_connections", "concurrency", "vus", "routes", "body_bytes",
        requests,
    ]

    /// What `tracker load` sent: URLs, weights, methods, headers and bodies.
    static let requests = "request_mix"

    /// Equal for runs under like conditions, and for no others.
    static func key(of run: RunSummary) -> String {
        var facts = run.conditions.filter { names.contains($0.key) }.map {
            JSONValue.object([$0]).text
        }
        if let test = run.test { facts.append(JSONValue.string(test).text) }
        return XXHash64.hex(XXHash64.hash(Array(facts.sorted().joined(separator: "\n").utf8)))
    }
}
