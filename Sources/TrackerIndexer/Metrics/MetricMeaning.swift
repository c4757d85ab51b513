package import TrackerLog

/// What a metric measures, and whether more of it is better: as declared, else by its unit, else by
/// its name.
///
/// The tables stand in `docs/STATISTICS.md`, section "Which way is better".
package struct MetricMeaning: Sendable, Hashable {
    package typealias Kind = MetricDeclaration.Kind

    package enum Direction: String, Sendable {
        case lower, higher
    }

    /// `nil`: neither unit nor name tells.
    package let kind: Kind?
    /// `nil`: neither unit nor name tells.
    package let better: Direction?

    package init(metric: String, unit: String?, declared: MetricDeclaration? = nil) {
        let name = Self.words(of: metric)
        // More `errors/s` are worse whatever the metric is called.
        let words = name + Self.words(of: unit ?? "")
        let kind =
            declared?.kind ?? unit.flatMap(Self.kind(ofUnit:)) ?? Self.kind(ofName: name[...])
        self.kind = kind
        if let said = declared?.better {
            switch said {
            case .lower: better = .lower
            case .higher: better = .higher
            case .neither: better = nil
            }
        } else if words.contains(where: Self.lowerWords.contains) {
            better = .lower
        } else if words.contains(
            where: (kind == .duration ? Self.longerWords : Self.higherWords).contains)
        {
            better = .higher
        } else {
            switch kind {
            case .duration: better = .lower
            case .rate: better = .higher
            case .size, .ratio, .temperature, .count, nil: better = nil
            }
        }
    }

    /// Units as they are written; what counts is the case, too: `MB` is no `mb`.
    package static let units: [Kind: [String]] = [
        .duration: ["ns", "us", "µs", "μs", "ms", "s", "sec", "seconds", "min", "h"],
        .size: [
            "B", "bytes", "kB", "KB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "PiB",
        ],
        .rate: ["ops", "rps", "qps", "tps", "iops", "fps", "bps", "kbps", "Mbps", "Gbps", "Hz"],
        .ratio: ["%", "ratio", "pp"],
        .temperature: ["°C", "°F", "K", "celsius"],
        .count: ["count", "files", "requests", "errors", "items"],
    ]

    /// The last word of a name, before a `per`.
    package static let nameEndings: [Kind: [String]] = [
        .duration: [
            "ns", "us", "ms", "s", "sec", "secs", "seconds", "duration", "latency", "time",
        ],
        .size: ["bytes", "kb", "mb", "gb", "kib", "mib", "gib"],
        .rate: ["ops", "rps", "qps", "tps", "iops", "fps", "hz", "throughput", "bandwidth"],
        .ratio: ["percent", "pct", "ratio"],
        .temperature: ["celsius", "temperature"],
        .count: ["count", "total"],
    ]

    /// After `per` they make a rate, as in `jobs_per_minute`; `ns_per_op` is none.
    package static let periods = [
        "ms", "s", "sec", "second", "min", "minute", "h", "hour", "day",
    ]

    /// Looked for first: an error rate is a rate, and less of it is better.
    package static let lowerWords: Set<String> = [
        "error", "errors", "fail", "failed", "failure", "failures", "miss", "misses", "loss",
        "lost", "drop", "drops", "dropped", "retry", "retries", "timeout", "timeouts", "lag",
        "latency", "rss", "exception", "exceptions", "crash", "crashes", "rejected", "aborted",
        "throttled", "stalls", "4xx", "5xx",
    ]
    package static let higherWords: Set<String> = [
        "accuracy", "score", "hit", "hits", "precision", "recall", "f1", "auc", "throughput",
        "bandwidth", "availability", "uptime", "mtbf", "success", "successes",
    ]

    /// Of durations: the time that a hit takes is no hit.
    private static let longerWords: Set<String> = ["availability", "uptime", "mtbf"]

    /// Words of a duration's name that make it one of requests; `http_req_blocked` is no whole one.
    private static let requestWords: Set<String> = [
        "http", "https", "grpc", "rpc", "req", "request", "requests", "response", "responses",
    ]

    /// Whether a duration of the name is the time that requests took: `http.latency_ms`,
    /// `response_time`; not `build_s`.
    package static func isOfRequests(_ name: String) -> Bool {
        let words = words(of: name)
        if words.contains("latency") { return true }
        guard let last = words.last, nameEndings[.duration]?.contains(last) == true else {
            return false
        }
        return !requestWords.isDisjoint(with: words)
    }

    private static func kind(ofUnit unit: String) -> Kind? {
        let known = Kind.allCases.first { units[$0]?.contains(where: unit.isExactly) == true }
        guard known == nil, let slash = unit.lastIndex(of: "/") else { return known }
        let counted = kind(ofUnit: String(unit[..<slash]))
        let isRate = unit.hasSuffix("/s") || unit.hasSuffix("/sec")
        return isRate ? rate(of: counted) : counted
    }

    /// Time by time, as that of a collector, is the share that it was at work.
    private static func rate(of counted: Kind?) -> Kind { counted == .duration ? .ratio : .rate }

    private static func kind(ofName words: ArraySlice<String>) -> Kind? {
        guard let last = words.last else { return nil }
        if words.dropLast().last == "per" {
            let counted = kind(ofName: words.dropLast(2))
            return periods.contains(last) ? rate(of: counted) : counted
        }
        return Kind.allCases.first { nameEndings[$0]?.contains(last) == true }
    }

    /// `http.cacheHit_ratio` is http, cache, hit, ratio. Words of other letters than ASCII are none
    /// of the tables.
    static func words(of name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isAfterSmall = false
        for scalar in name.unicodeScalars {
            let isCapital = ("A"..."Z").contains(scalar)
            let isLetter = isCapital || ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
            if !word.isEmpty, !isLetter || isCapital && isAfterSmall {
                words.append(word)
                word = ""
            }
            if isLetter { word += String(scalar).lowercased() }
            isAfterSmall = isLetter && !isCapital
        }
        return word.isEmpty ? words : words + [word]
    }
}
