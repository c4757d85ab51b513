/// Durations as a person types them: `500ms`, `10s`, `5m`, `1h`, `1m30s`, `0.5s`.
package enum DurationText {
    private static let unitsNs: [(name: String, ns: UInt64)] = [
        ("ns", 1), ("µs", 1_000), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    /// - Returns: whole nanoseconds.
    package static func parse(
        _ text: String, argument: String
    ) throws(LoadError) -> Duration {
        func invalid(_ problem: String) -> LoadError {
            .invalid(argument: argument, value: text, problem: problem)
        }
        var rest = Substring(text)
        var totalNs: UInt64 = 0
        guard !rest.isEmpty else { throw invalid("write a duration such as 30s") }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let name = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest.dropFirst(name.count)
            guard !number.isEmpty else { throw invalid("write a duration such as 30s") }
            guard let unit = unitsNs.first(where: { $0.name == name }) else {
                throw invalid("\(number) needs a unit: ms, s, m or h, for example \(number)s")
            }
            guard let partNs = DecimalText(number)?.multiplied(by: unit.ns),
                totalNs + partNs <= UInt64(LoadLimits.maxDurationNs)
            else { throw invalid("not a duration between 1ns and 100 years") }
            totalNs += partNs
        }
        return .nanoseconds(Int64(totalNs))
    }

    /// The shortest exact form in one unit, for example `90s` or `1500ms`.
    package static func text(of duration: Duration) -> String {
        let ns = UInt64(max(0, duration.wholeNanoseconds))
        let unit = unitsNs.last { $0.ns <= ns && ns % $0.ns == 0 && $0.ns <= 1_000_000_000 }
        guard let unit else { return "0s" }
        return "\(ns / unit.ns)\(unit.name)"
    }
}

extension Duration {
    /// Whole nanoseconds, rounded towards zero and limited to `LoadLimits.maxDurationNs`.
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds.magnitude < UInt64(LoadLimits.maxDurationNs / 1_000_000_000) else {
            return seconds < 0 ? -LoadLimits.maxDurationNs : LoadLimits.maxDurationNs
        }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// Milliseconds with a fraction.
    package var milliseconds: Double { Double(wholeNanoseconds) / 1e6 }
}
