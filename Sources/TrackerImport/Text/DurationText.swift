/// Durations as tools write them, in milliseconds.
package enum DurationText {
    /// The unit's length in milliseconds.
    package static func unitMs(_ unit: some StringProtocol) -> Double? {
        switch String(unit) {
        case "ns", "nsec": 1e-6
        // The last three: the sign in Latin-1, and its UTF-8 read as Latin-1 or as a DOS code page.
        case "us", "µs", "μs", "usec", "\u{FFFD}s", "Âµs", "┬╡s": 1e-3
        case "ms", "msec": 1
        case "s", "sec", "secs", "secs.", "second", "seconds": 1e3
        case "m", "min", "mins": 6e4
        case "h", "hr", "hour", "hours": 3.6e6
        default: nil
        }
    }

    /// `635.91us`, `1.32ms`, `30s`, `2.00m`, `0.0123 secs`: one number and its unit.
    package static func milliseconds(_ text: some StringProtocol) -> Double? {
        let text = String(text).trimmedBlanks
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }
        let unit = String(text.dropFirst(number.count)).trimmedBlanks
        guard let value = DecimalText.number(number), let factor = unitMs(unit) else { return nil }
        return value * factor
    }

    /// `1h2m3.5s`, `1m2.5s`, `326.9ms`, `90µs`, `0s`: as Go writes them, one or more numbers with
    /// units.
    package static func go(_ text: some StringProtocol) -> Double? {
        var rest = String(text).trimmedBlanks[...]
        if rest == "0" { return 0 }
        let isNegative = rest.hasPrefix("-")
        if isNegative { rest = rest.dropFirst() }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest.dropFirst(unit.count)
            guard let value = DecimalText.number(number), let factor = unitMs(unit) else {
                return nil
            }
            total += value * factor
        }
        return isNegative ? -total : total
    }
}
