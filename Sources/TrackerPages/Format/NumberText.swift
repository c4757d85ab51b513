#if canImport(Glibc)
    import Glibc
#endif

/// Numbers as a person reads them, without a locale: digits grouped by commas, a point, a real
/// minus.
package enum NumberText {
    /// What stands where there is no number.
    package static let none = "–"

    /// A count: `430,935`.
    package static func count(_ value: Int) -> String {
        let digits = grouped(String(value.magnitude))
        return value < 0 ? "−" + digits : digits
    }

    /// A measured value with three digits that matter: `0.0421`, `2.92`, `13.8`, `164`, `1,204`.
    ///
    /// Three are more than a bucket of the histogram (0.4 %) can tell apart.
    package static func value(_ value: Double) -> String {
        guard value.isFinite else { return none }
        let magnitude = value.magnitude
        guard magnitude > 0 else { return "0" }
        guard magnitude >= 1e-6, magnitude < 1e12 else {
            return sign(value) + scientific(magnitude)
        }
        var decimals = 2 - Int(log10(magnitude).rounded(.down))
        // 9.996 rounds to 10.0, not to 10.00.
        if (magnitude * pow(10, Double(decimals))).rounded() >= 1_000 { decimals -= 1 }
        return fixed(value, decimals: max(0, decimals))
    }

    /// Exactly so many decimals: `1,197.0`.
    /// - Parameter value: held within ±10^15, beyond which a double has no decimals.
    package static func fixed(_ value: Double, decimals: Int) -> String {
        guard value.isFinite else { return none }
        let scale = pow(10, Double(decimals))
        let scaled = (min(value.magnitude, 1e15) * scale).rounded()
        guard scaled < 9e18 else { return sign(value) + scientific(value.magnitude) }
        let digits = UInt64(scaled)
        guard digits > 0 else { return decimals == 0 ? "0" : "0." + zeros(decimals) }
        let unit = UInt64(scale)
        let whole = grouped(String(digits / unit))
        guard decimals > 0 else { return sign(value) + whole }
        let fraction = String(digits % unit)
        return sign(value) + whole + "." + zeros(decimals - fraction.count) + fraction
    }

    /// A rate a second: whole from a hundred on, else three digits that matter.
    package static func rate(_ perSecond: Double?) -> String {
        guard let perSecond else { return none }
        return perSecond >= 100 ? fixed(perSecond, decimals: 0) : value(perSecond)
    }

    /// A part of a whole in percent, without the sign: `0`, `0.005`, `2.31`, `100`.
    ///
    /// Never `0` when there is a part, and never `100` when something is left.
    package static func percent(_ part: Int, of whole: Int) -> String {
        guard whole > 0 else { return none }
        if part <= 0 { return "0" }
        if part >= whole { return "100" }
        let percent = 100 * Double(part) / Double(whole)
        if percent < 0.001 { return "<0.001" }
        if percent > 99.9 { return ">99.9" }
        if percent < 1 { return fixed(percent, decimals: 3) }
        return fixed(percent, decimals: percent < 10 ? 2 : 1)
    }

    /// The label of an axis tick: as few digits as its value needs, thousands as `k` and so on.
    package static func tick(_ value: Double) -> String {
        let magnitude = value.magnitude
        guard magnitude > 0 else { return "0" }
        if magnitude >= 1e15 || magnitude < 1e-4 { return sign(value) + scientific(magnitude) }
        let suffixes: [(Double, String)] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")]
        for (limit, suffix) in suffixes where magnitude >= limit {
            let unit = suffix == "k" ? 1e3 : limit
            return sign(value) + shortest(magnitude / unit) + suffix
        }
        return sign(value) + shortest(magnitude)
    }

    /// A size in bytes: `812 B`, `4.2 MB`.
    package static func bytes(_ count: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var size = Double(count)
        var unit = 0
        while size >= 1_000, unit < units.count - 1 {
            size /= 1_000
            unit += 1
        }
        return (unit == 0 ? NumberText.count(count) : value(size)) + " " + units[unit]
    }

    private static func sign(_ value: Double) -> String { value < 0 ? "−" : "" }

    private static func zeros(_ count: Int) -> String {
        String(repeating: "0", count: max(0, count))
    }

    private static func grouped(_ digits: String) -> String {
        guard digits.utf8.count > 3 else { return digits }
        var out = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.utf8.count - index) % 3 == 0 { out.append(",") }
            out.append(digit)
        }
        return out
    }

    /// Up to four decimals, without zeros at the end.
    private static func shortest(_ magnitude: Double) -> String {
        var text = fixed(magnitude, decimals: 4)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// `4.21e-7`: for what has no place in a table column otherwise.
    private static func scientific(_ magnitude: Double) -> String {
        var exponent = Int(log10(magnitude).rounded(.down))
        var mantissa = magnitude / pow(10, Double(exponent))
        // Below 10^-308 the power itself is no longer exact.
        if !mantissa.isFinite || mantissa < 1 { (mantissa, exponent) = (1, exponent) }
        if (mantissa * 100).rounded() >= 1_000 { (mantissa, exponent) = (1, exponent + 1) }
        return "\(fixed(mantissa, decimals: 2))e\(exponent)"
    }
}
