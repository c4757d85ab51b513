package import TrackerIndexer

/// How far one number may go the wrong way: `p99:+5%`, `rps:-5%`, `errors:+0.1pp`.
package struct GateLimit: Sendable, Hashable {
    package var statistic: Statistic
    /// Above zero. A fraction (0.05 is five percent); percentage points for the error rate.
    package var amount: Double
    /// Whether it limits how far the number rises, and not how far it falls.
    package var isRise: Bool
    /// The text that was parsed.
    package var text: String

    /// The limits of a gate for which none is given.
    /// - Returns: `nil` if it is not known which way is better.
    package static func standard(of metric: MetricMeaning) -> [GateLimit]? {
        switch (metric.better, metric.kind) {
        case (.lower, .duration):
            [
                GateLimit(.p95, 0.05, isRise: true, "p95:+5%"),
                GateLimit(.errorRate, 0.1, isRise: true, "errors:+0.1pp"),
            ]
        // Its samples are no requests, often few, and fail hardly ever.
        case (.lower, _): [GateLimit(.mean, 0.05, isRise: true, "mean:+5%")]
        case (.higher, _): [GateLimit(.mean, 0.05, isRise: false, "mean:-5%")]
        case (nil, _): nil
        }
    }

    /// The same for a number that runs report.
    static func standardOfReported(
        _ metric: MetricMeaning, hasErrorRate: Bool
    ) -> [GateLimit]? {
        guard let better = metric.better else { return nil }
        let errors = GateLimit(.errorRate, 0.1, isRise: true, "errors:+0.1pp")
        let isRise = better == .lower
        let own = GateLimit(.mean, 0.05, isRise: isRise, isRise ? "mean:+5%" : "mean:-5%")
        return hasErrorRate ? [own, errors] : [own]
    }

    private init(_ statistic: Statistic, _ amount: Double, isRise: Bool, _ text: String) {
        self.statistic = statistic
        self.amount = amount
        self.isRise = isRise
        self.text = text
    }

    /// The names of statistics in limits.
    static let names: [(name: String, statistic: Statistic)] = Statistic.allCases.map {
        switch $0 {
        case .perSecond: ("rps", $0)
        case .errorRate: ("errors", $0)
        default: ($0.rawValue, $0)
        }
    }

    /// The name of a statistic in limits.
    package static func name(of statistic: Statistic) -> String {
        names.first { $0.statistic == statistic }?.name ?? statistic.rawValue
    }

    /// - Throws: also if two are about the same number.
    package static func parse(_ texts: [String]) throws(GateLimitError) -> [GateLimit] {
        var limits: [GateLimit] = []
        for text in texts {
            let limit = try GateLimit(text)
            guard !limits.contains(where: { $0.statistic == limit.statistic }) else {
                throw GateLimitError(text, "there is another limit for the same number")
            }
            limits.append(limit)
        }
        return limits
    }

    package init(_ text: String) throws(GateLimitError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw GateLimitError(text, "a limit is NAME:CHANGE, such as p99:+5%")
        }
        guard let named = Self.names.first(where: { $0.name == parts[0] }) else {
            let all = Self.names.map(\.name).joined(separator: ", ")
            throw GateLimitError(text, "\"\(parts[0])\" is not one of \(all)")
        }
        let isPoints = named.statistic == .errorRate
        let unit = isPoints ? "pp" : "%"
        guard let sign = parts[1].first, sign == "+" || sign == "-" else {
            throw GateLimitError(text, "the change begins with + or -")
        }
        isRise = sign == "+"
        guard parts[1].hasSuffix(unit) else {
            throw GateLimitError(
                text,
                isPoints
                    ? "an error rate may be zero: give its change in percentage points, pp"
                    : "the change ends with %")
        }
        let digits = parts[1].dropFirst().dropLast(unit.count)
        guard Self.isPlainNumber(digits), let number = Double(digits), number.isFinite else {
            throw GateLimitError(text, "\"\(digits)\" is not a number like 5 or 0.5")
        }
        guard number > 0 else {
            throw GateLimitError(text, "no measurement proves a change of zero: allow a little")
        }
        guard number < 100 || isRise && !isPoints else {
            throw GateLimitError(text, "the limit allows everything: it must be below 100")
        }
        statistic = named.statistic
        amount = isPoints ? number : number / 100
        self.text = text
        // The others depend on the metric.
        if statistic == .perSecond || isPoints { try check(isPoints ? .lower : .higher) }
    }

    /// - Parameter better: which way is better; `nil` if nobody knows: then the sign says it.
    /// - Throws: if the limit is on the good side.
    func check(_ better: MetricMeaning.Direction?) throws(GateLimitError) {
        guard let better, isRise != (better == .lower) else { return }
        let (word, sign) = better == .lower ? ("more", "+") : ("less", "-")
        throw GateLimitError(text, "worse means \(word): the change begins with \(sign)")
    }

    /// Digits, or digits, a decimal point and digits.
    private static func isPlainNumber(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
            }
    }
}

/// A limit that is not valid.
package struct GateLimitError: Error, Sendable, Hashable, CustomStringConvertible {
    package let text: String
    package let problem: String

    init(_ text: String, _ problem: String) {
        self.text = text
        self.problem = problem
    }

    package var description: String { "--max \"\(text)\": \(problem)" }
}
