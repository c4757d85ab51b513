import Glibc

/// Formats numbers for people, independent of the locale.
package struct NumberFormat: Sendable {
    /// Whether to group digits by thousands, with commas.
    private let groupsThousands: Bool
    private let minus: String
    /// The text for a missing or non-finite number.
    package let missing: String

    /// For tables of commands: numbers that another program can read again.
    package static let plain = NumberFormat(groupsThousands: false, minus: "-", missing: "-")
    /// For sentences on a terminal.
    package static let grouped = NumberFormat(groupsThousands: true, minus: "-", missing: "-")
    /// For pages: a real minus, and a dash.
    package static let page = NumberFormat(groupsThousands: true, minus: "−", missing: "–")

    /// A whole number: `430,935`.
    package func count(_ value: some BinaryInteger) -> String {
        (value < 0 ? minus : "") + separated(String(value.magnitude))
    }

    /// A measured value with three significant digits: `0.0421`, `2.92`, `13.8`, `164`, `1,204`.
    ///
    /// A bucket of the histogram (0.4 % wide) does not resolve more.
    /// - Parameter digits: that matter; more where a difference is computed from the numbers shown.
    package func value(_ value: Double, digits: Int = 3) -> String {
        guard value.isFinite else { return missing }
        let magnitude = value.magnitude
        guard magnitude > 0 else { return "0" }
        guard magnitude >= 1e-6, magnitude < 1e12 else { return scientific(value) }
        var behind = digits - 1 - Int(log10(magnitude).rounded(.down))
        // 9.996 rounds to 10.0, not to 10.00.
        if (magnitude * pow(10, Double(behind))).rounded() >= pow(10, Double(digits)) {
            behind -= 1
        }
        return fixed(value, digits: max(0, behind))
    }

    /// A fixed number of decimals: `1,197.0`.
    ///
    /// Numbers above 10^15, where a double has hardly any decimals, are written as by `scientific`.
    /// - Parameter trimsZeros: whether to drop trailing zeros.
    package func fixed(_ value: Double, digits: Int, trimsZeros: Bool = false) -> String {
        guard value.isFinite else { return missing }
        let scale = pow(10, Double(digits))
        let scaled = (value.magnitude * scale).rounded()
        guard value.magnitude <= 1e15, scaled < 9e18 else { return scientific(value) }
        let number = UInt64(scaled)
        let unit = UInt64(scale)
        // A value that rounds to zero has no sign.
        let whole = (value < 0 && number > 0 ? minus : "") + separated(String(number / unit))
        var fraction = String(number % unit)
        fraction = String(repeating: "0", count: max(0, digits - fraction.utf8.count)) + fraction
        if trimsZeros { while fraction.last == "0" { fraction.removeLast() } }
        return digits == 0 || fraction.isEmpty ? whole : whole + "." + fraction
    }

    /// `4.21e-7`: for values too wide for a table column otherwise.
    package func scientific(_ value: Double) -> String {
        let magnitude = value.magnitude
        var exponent = Int(log10(magnitude).rounded(.down))
        // In two steps: below 10^-308 the power itself is no longer exact.
        let step = exponent < -200 ? 200 : 0
        var mantissa = magnitude * pow(10, Double(step)) / pow(10, Double(exponent + step))
        if (mantissa * 100).rounded() >= 1_000 { (mantissa, exponent) = (1, exponent + 1) }
        return (value < 0 ? minus : "") + "\(fixed(mantissa, digits: 2))e\(exponent)"
    }

    /// A latency with three significant digits, in ns, µs, ms or s.
    package func latency(ms: Double) -> String { quantity(ms, unit: "ms") }

    private func separated(_ digits: String) -> String {
        guard groupsThousands, digits.utf8.count > 3 else { return digits }
        var out = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.utf8.count - index) % 3 == 0 { out.append(",") }
            out.append(digit)
        }
        return out
    }
}
