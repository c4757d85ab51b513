import Glibc
import TrackerLog

/// Numbers as text, without a locale: commas between thousands, a decimal point, a Unicode minus.
package enum NumberText {
    /// Shown instead of a missing number.
    package static let none = format.missing

    private static let format = NumberFormat.page

    /// A count: `430,935`.
    package static func count(_ value: Int) -> String { format.count(value) }

    /// A measured value with three significant digits: `0.0421`, `2.92`, `13.8`, `164`, `1,204`.
    package static func value(_ value: Double) -> String { format.value(value) }

    /// With its unit: `3.30 GB`, `19.0 ms`; shares in percent.
    /// - Parameter digits: as by `digits(low:high:unit:)`, where values are close to each other.
    package static func quantity(
        _ value: Double, unit: String?, digits: Int = usualDigits
    ) -> String {
        isShare(unit)
            ? format.quantity(value * 100, unit: "%", digits: digits)
            : format.quantity(value, unit: unit, digits: digits)
    }

    /// Significant digits of a number that stands alone.
    package static let usualDigits = 3
    /// More hardly fit a tile, and a sum of doubles has hardly more.
    private static let mostDigits = 9

    /// The digits that tell the ends of a range apart, and what is between from both: the usual
    /// ones where they do, and where there is no range.
    package static func digits(low: Double?, high: Double?, unit: String?) -> Int {
        guard let low, let high, low < high,
            quantity(low, unit: unit) == quantity(high, unit: unit)
        else { return usualDigits }
        let first = log10(max(low.magnitude, high.magnitude)).rounded(.down)
        let needed = Int(first - log10(high - low).rounded(.down)) + 2
        return min(max(needed, usualDigits), mostDigits)
    }

    /// In a table whose head has the unit: sizes and shares have their own.
    package static func cell(
        _ value: Double, unit: String?, digits: Int = usualDigits
    ) -> String {
        isShare(unit)
            ? quantity(value, unit: unit, digits: digits)
            : format.cell(value, unit: unit, digits: digits)
    }

    /// Of a table, as `cell`; whole numbers without a unit are counts.
    static func reported(_ value: Double, unit: String?) -> String {
        unit == nil ? format.reported(value, unit: nil) : cell(value, unit: unit)
    }

    /// Number and unit apart, as in `quantity`.
    static func parts(
        _ value: Double, unit: String?, digits: Int = usualDigits
    ) -> (number: String, unit: String?) {
        if isShare(unit) { return (format.value(value * 100, digits: digits), "%") }
        let shown = Quantity(value, unit: unit)
        return (format.value(shown.value, digits: digits), shown.unit)
    }

    /// Whether each number in the unit is written with a unit of its own.
    static func ownsUnit(_ unit: String?) -> Bool { isShare(unit) || Quantity.isSize(unit) }

    /// Whether values are parts of one.
    static func isShare(_ unit: String?) -> Bool { "ratio".isExactly(unit) }

    /// A number with the given number of decimals: `1,197.0`.
    package static func fixed(_ value: Double, decimals: Int) -> String {
        format.fixed(value, digits: decimals)
    }

    /// A rate per second: a whole number from 100, else three significant digits.
    package static func rate(_ perSecond: Double?) -> String {
        guard let perSecond else { return none }
        return perSecond >= 100 ? fixed(perSecond, decimals: 0) : value(perSecond)
    }

    /// A part of a whole in percent, without the percent sign: `0`, `0.005`, `2.31`, `100`.
    ///
    /// `0` only when the part is 0, and `100` only when it is the whole.
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

    /// The label of an axis tick: as few digits as the value needs, with suffixes such as `k`.
    /// - Parameter digits: decimals at most.
    package static func tick(_ value: Double, digits: Int = 4) -> String {
        let magnitude = value.magnitude
        guard magnitude > 0 else { return "0" }
        if magnitude >= 1e15 || magnitude < 1e-4 { return format.scientific(value) }
        let suffixes: [(Double, String)] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")]
        for (limit, suffix) in suffixes where magnitude >= limit {
            let unit = suffix == "k" ? 1e3 : limit
            return format.fixed(value / unit, digits: digits, trimsZeros: true) + suffix
        }
        return format.fixed(value, digits: digits, trimsZeros: true)
    }

    /// A size in bytes: `812 B`, `4.2 MB`.
    package static func bytes(_ count: Int) -> String {
        // Whole bytes have no decimals.
        count.magnitude < 1_000
            ? NumberText.count(count) + " B" : quantity(Double(count), unit: "B")
    }
}

extension String {
    /// With a capital first letter.
    var asSentence: String { prefix(1).uppercased() + dropFirst() }
}
