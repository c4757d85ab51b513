/// How much worse one number may be: `p99:+5%`, `rps:-5%`, `errors:+0.1pp`.
package struct GateLimit: Sendable, Hashable {
    package var statistic: Statistic
    /// Above zero: a share (0.05 is five percent); of the error rate percentage points.
    package var amount: Double
    /// As it was given.
    package var text: String

    /// Without a limit of its own, a gate watches these.
    package static let standard = ["p95:+5%", "errors:+0.1pp"]

    /// What a number is called in a limit.
    static let names: [(name: String, statistic: Statistic)] = Statistic.allCases.map {
        switch $0 {
        case .perSecond: ("rps", $0)
        case .errorRate: ("errors", $0)
        default: ($0.rawValue, $0)
        }
    }

    /// What a number is called in a limit.
    package static func name(of statistic: Statistic) -> String {
        names.first { $0.statistic == statistic }?.name ?? statistic.rawValue
    }

    /// Reads limits; without any, the standard ones.
    package static func parse(_ texts: [String]) throws(GateLimitError) -> [GateLimit] {
        var limits: [GateLimit] = []
        for text in texts.isEmpty ? standard : texts {
            let limit = try GateLimit(text)
            guard !limits.contains(where: { $0.statistic == limit.statistic }) else {
                throw GateLimitError(text, "there is another limit of the same number")
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
            throw GateLimitError(text, "\"\(parts[0])\" is none of \(all)")
        }
        let isPoints = named.statistic == .errorRate
        let sign: Character = named.statistic.higherIsBetter ? "-" : "+"
        let unit = isPoints ? "pp" : "%"
        guard parts[1].first == sign else {
            throw GateLimitError(
                text, "worse is \(sign == "+" ? "more" : "less"): it begins with \(sign)")
        }
        guard parts[1].hasSuffix(unit) else {
            throw GateLimitError(
                text,
                isPoints
                    ? "the error rate has no ratio to zero: its limit is in percentage points, pp"
                    : "it ends with %")
        }
        let digits = parts[1].dropFirst().dropLast(unit.count)
        guard Self.isPlainNumber(digits), let number = Double(digits), number.isFinite else {
            throw GateLimitError(text, "\"\(digits)\" is no number like 5 or 0.5")
        }
        guard number > 0 else {
            throw GateLimitError(text, "no measurement shows a change to be zero: allow a little")
        }
        guard number < 100 || sign == "+" && !isPoints else {
            throw GateLimitError(text, "it allows everything: it must be below 100")
        }
        statistic = named.statistic
        amount = isPoints ? number : number / 100
        self.text = text
    }

    /// Digits, and digits behind one point.
    private static func isPlainNumber(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
            }
    }
}

/// A limit that cannot be read.
package struct GateLimitError: Error, Sendable, Hashable, CustomStringConvertible {
    package let text: String
    package let problem: String

    init(_ text: String, _ problem: String) {
        self.text = text
        self.problem = problem
    }

    package var description: String { "--max \"\(text)\": \(problem)" }
}
