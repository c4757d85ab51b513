package import TrackerIndexer
import TrackerLog

/// How far one number may go the wrong way: `p99:+5%`, `p99:+5ms`, `errors:+0.1pp`; or how far it
/// may be, whatever the reference: `p99<200ms`, `errors<1%`, `rps>100`.
package struct GateLimit: Sendable, Hashable {
    package var statistic: Statistic
    /// Of a change: above zero, a fraction (0.05 is five percent), percentage points for the error
    /// rate. Of a difference or a level: in the unit of `form`, and of the metric once `resolved`.
    package var amount: Double
    package var form = Form.change
    /// Whether it limits how far the number rises, and not how far it falls.
    package var isRise: Bool
    /// Whether it was given with `--min`.
    var isLeast = false
    /// The text that was parsed.
    package var text: String

    package enum Form: Sendable, Hashable {
        /// From A to B: relative, and in points for the error rate.
        case change
        /// From A to B, in a unit.
        case difference(unit: String?)
        /// Of B alone, in a unit.
        case level(unit: String?)
    }

    /// The text without the name: `+5%`, `<200ms`.
    package var allowance: String {
        let rest = text.dropFirst(Self.name(of: statistic).count)
        return String(rest.first == ":" ? rest.dropFirst() : rest)
    }

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
    /// - Parameters:
    ///   - isErrorRate: whether it is the error rate itself, which is judged once.
    ///   - hasErrorRate: whether they report that as well.
    static func standardOfReported(
        _ metric: MetricMeaning, isErrorRate: Bool, hasErrorRate: Bool
    ) -> [GateLimit]? {
        guard let better = metric.better else { return nil }
        let errors = GateLimit(.errorRate, 0.1, isRise: true, "errors:+0.1pp")
        if isErrorRate { return [errors] }
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

    /// - Parameters:
    ///   - texts: given with `--max`.
    ///   - least: given with `--min`.
    /// - Throws: also if two are about the same number in the same way.
    package static func parse(
        _ texts: [String], least: [String] = []
    ) throws(GateLimitError) -> [GateLimit] {
        var limits: [GateLimit] = []
        for (text, isLeast) in texts.map({ ($0, false) }) + least.map({ ($0, true) }) {
            let limit = try GateLimit(text, isLeast: isLeast)
            guard !limits.contains(where: { $0.isLike(limit) }) else {
                throw GateLimitError(
                    text, "there is another limit for the same number", isLeast: isLeast)
            }
            limits.append(limit)
        }
        return limits
    }

    private func isLike(_ other: GateLimit) -> Bool {
        switch (form, other.form) {
        case (.change, .change), (.difference, .difference), (.level, .level):
            statistic == other.statistic
        default: false
        }
    }

    /// - Parameter isLeast: given with `--min`.
    package init(_ text: String, isLeast: Bool = false) throws(GateLimitError) {
        func wrong(_ problem: String) -> GateLimitError {
            GateLimitError(text, problem, isLeast: isLeast)
        }
        guard let mark = text.firstIndex(where: { ":<>".contains($0) }) else {
            throw wrong(
                "a limit is NAME:CHANGE, such as p99:+5% or p99:+5ms, or NAME<VALUE, such as"
                    + " 'p99<200ms'")
        }
        guard let named = Self.names.first(where: { $0.name == text[..<mark] }) else {
            let all = Self.names.map(\.name).joined(separator: ", ")
            throw wrong("\"\(text[..<mark])\" is not one of \(all)")
        }
        statistic = named.statistic
        self.text = text
        self.isLeast = isLeast
        let rest = text[text.index(after: mark)...]
        guard text[mark] == ":" else {
            guard (text[mark] == ">") == isLeast else {
                throw wrong(isLeast ? "--min takes NAME>VALUE" : "NAME>VALUE goes with --min")
            }
            isRise = text[mark] == "<"
            let sign = rest.hasPrefix("-") ? -1.0 : 1
            let parts = try Self.parts(sign < 0 ? rest.dropFirst() : rest, wrong)
            (amount, form) = (sign * parts.number, .level(unit: parts.unit))
            if statistic == .errorRate {
                guard parts.unit == "%" else {
                    throw wrong("give the error rate in %, such as 'errors<1%'")
                }
                guard amount > 0, amount < 100 else {
                    throw wrong("an error rate is never below 0% nor above 100%")
                }
                try check(.lower)
            }
            return
        }
        guard !isLeast else { throw wrong("--min takes NAME>VALUE, such as 'rps>100'") }
        guard let sign = rest.first, sign == "+" || sign == "-" else {
            throw wrong("the change begins with + or -")
        }
        isRise = sign == "+"
        let parts = try Self.parts(rest.dropFirst(), wrong)
        guard parts.number > 0 else {
            throw wrong("no measurement proves a change of zero: allow a little")
        }
        let isPoints = statistic == .errorRate
        guard !isPoints || parts.unit == "pp" else {
            throw wrong("an error rate may be zero: give its change in percentage points, pp")
        }
        guard isPoints || parts.unit == "%" else {
            (amount, form) = (parts.number, .difference(unit: parts.unit))
            return
        }
        guard parts.number < 100 || isRise && !isPoints else {
            throw wrong("the limit allows everything: it must be below 100")
        }
        amount = isPoints ? parts.number : parts.number / 100
        // The others depend on the metric.
        if statistic == .perSecond || isPoints { try check(isPoints ? .lower : .higher) }
    }

    /// Longer ones are no units.
    private static let longestUnit = 32

    /// A number, and the unit behind it.
    private static func parts(
        _ text: Substring, _ wrong: (String) -> GateLimitError
    ) throws(GateLimitError) -> (number: Double, unit: String?) {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        guard isPlainNumber(digits), let number = Double(digits), number.isFinite else {
            throw wrong("\"\(text)\" is not a number and a unit, such as 5%, 0.5% or 5ms")
        }
        let unit = text[digits.endIndex...]
        let isUnit = unit == "%" || !unit.contains { "%+:<>".contains($0) || $0.isWhitespace }
        guard isUnit, !["e", "E"].contains(unit.first), unit.count <= Self.longestUnit else {
            throw wrong("\"\(text)\" is not a number and a unit, such as 5%, 0.5% or 5ms")
        }
        return (number, unit.isEmpty ? nil : String(unit))
    }

    /// - Parameter better: which way is better; `nil` if nobody knows: then the sign says it.
    /// - Throws: if the limit is on the good side.
    func check(_ better: MetricMeaning.Direction?) throws(GateLimitError) {
        guard let better, isRise != (better == .lower) else { return }
        let name = Self.name(of: statistic)
        let (word, hint) =
            switch (better, form) {
            case (.lower, .level): ("more", "give --max '\(name)<VALUE'")
            case (.higher, .level): ("less", "give --min '\(name)>VALUE'")
            case (.lower, _): ("more", "the change begins with +")
            case (.higher, _): ("less", "the change begins with -")
            }
        throw GateLimitError(text, "worse means \(word): \(hint)", isLeast: isLeast)
    }

    /// The same limit, with its amount in the unit of the metric.
    /// - Throws: if its unit is not converted to that, or is missing.
    package func resolved(metric: String, unit: String?) throws(GateLimitError) -> GateLimit {
        let given: String?
        switch form {
        case .change: return self
        case .difference(let unit), .level(let unit): given = unit
        }
        if statistic == .errorRate { return self }
        var resolved = self
        if statistic == .perSecond {
            let each = given.map { $0.hasPrefix("/") ? "n\($0)" : $0 } ?? "n/s"
            guard let conversion = UnitConversion(metric: "", from: each, to: "n/s") else {
                throw GateLimitError(
                    text, "\"\(given ?? "")\" is not /s, /min or /h", isLeast: isLeast)
            }
            resolved.amount = conversion(amount)
            return resolved
        }
        // A difference of shares in points is one in percent.
        let from = given == "pp" ? "%" : given
        if from == nil, let unit {
            throw GateLimitError(
                text, "say in which unit: \(metric) is in \(unit)", isLeast: isLeast)
        }
        guard let conversion = UnitConversion(metric: metric, from: from, to: unit) else {
            let wanted = unit.map { "\($0), the unit of \(metric)" } ?? "a number without a unit"
            throw GateLimitError(
                text, "\(given ?? "no unit") is not converted to \(wanted)", isLeast: isLeast)
        }
        resolved.amount = conversion(amount)
        return resolved
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

    private let isLeast: Bool

    init(_ text: String, _ problem: String, isLeast: Bool = false) {
        self.text = text
        self.problem = problem
        self.isLeast = isLeast
    }

    package var description: String {
        "\(isLeast ? "--min" : "--max") \"\(text)\": \(problem)"
    }
}
