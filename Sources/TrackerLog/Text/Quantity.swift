/// A number in the unit of its dimension in which it is best read: `3.30 GB`, not 3,301,000,000.
package struct Quantity: Sendable, Hashable {
    package var value: Double
    package var unit: String?

    /// Units from the smallest on, and how many of each are one of the next.
    private struct Ladder {
        var units: [String]
        var steps: [Double]
        /// Other spellings of its units.
        var aliases: [(name: String, unit: String)] = []
        var isSize = false

        func rung(of unit: String) -> Int? {
            let name = aliases.first { $0.name.isExactly(unit) }?.unit ?? unit
            return units.firstIndex { $0.isExactly(name) }
        }
    }

    private static let thousands = [Double](repeating: 1_000, count: 6)
    private static let ladders = [
        Ladder(
            units: ["B", "kB", "MB", "GB", "TB", "PB", "EB"], steps: thousands,
            aliases: [("bytes", "B"), ("KB", "kB")], isSize: true),
        Ladder(
            units: ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"],
            steps: [Double](repeating: 1_024, count: 5),
            isSize: true),
        Ladder(
            units: ["ns", "µs", "ms", "s"], steps: Array(thousands.prefix(3)),
            aliases: [("us", "µs"), ("μs", "µs"), ("sec", "s"), ("seconds", "s")]),
        Ladder(units: ["bps", "kbps", "Mbps", "Gbps"], steps: Array(thousands.prefix(3))),
    ]

    /// Where three digits would be four: 999.5 is 1.00 of the next unit.
    private static let roundsUp = 0.999_5

    /// - Parameter onlySizes: leaves durations and others in their unit.
    package init(_ value: Double, unit: String?, onlySizes: Bool = false) {
        (self.value, self.unit) = (value, unit)
        guard let unit, value.isFinite, value != 0 else { return }
        let rate = unit.hasSuffix("/s") ? "/s" : ""
        let counted = String(unit.dropLast(rate.count))
        for ladder in Self.ladders where rate.isEmpty ? ladder.isSize || !onlySizes : ladder.isSize
        {
            guard var rung = ladder.rung(of: counted) else { continue }
            var scaled = value
            while rung < ladder.steps.count, scaled.magnitude / ladder.steps[rung] >= Self.roundsUp
            {
                scaled /= ladder.steps[rung]
                rung += 1
            }
            while rung > 0, scaled.magnitude < Self.roundsUp {
                rung -= 1
                scaled *= ladder.steps[rung]
            }
            (self.value, self.unit) = (scaled, ladder.units[rung] + rate)
            return
        }
    }

    /// Whether numbers in the unit are sizes, which differ by many powers of ten.
    package static func isSize(_ unit: String?) -> Bool {
        guard let unit else { return false }
        let counted = unit.hasSuffix("/s") ? String(unit.dropLast(2)) : unit
        return ladders.contains { $0.isSize && $0.rung(of: counted) != nil }
    }
}

extension NumberFormat {
    /// A number with its unit: `3.30 GB`, `19.0 ms`, `12.5 °C`; without a unit as `value`.
    package func quantity(_ value: Double, unit: String?, digits: Int = 3) -> String {
        let found = Quantity(value, unit: unit)
        guard let shown = found.unit, !shown.isEmpty, value.isFinite else {
            return self.value(value, digits: digits)
        }
        let separator = shown == "%" ? "" : " "
        return self.value(found.value, digits: digits) + separator + shown
    }

    /// A number of a table whose head has the unit: sizes have their own.
    package func cell(_ value: Double, unit: String?, digits: Int = 3) -> String {
        Quantity.isSize(unit)
            ? quantity(value, unit: unit, digits: digits) : self.value(value, digits: digits)
    }

    /// A number that was reported: a whole one without a unit is a count, and has all its digits.
    package func reported(_ value: Double, unit: String?) -> String {
        guard unit == nil, value.magnitude < 1e15, let whole = Int(exactly: value) else {
            return quantity(value, unit: unit)
        }
        return count(whole)
    }

    /// A share in percent: `0.4%`, `12.0%`, from 1,000 % on with three digits, and from 1,000,000 %
    /// on as by `scientific`.
    package func percent(share: Double, digits: Int = 1) -> String {
        let percent = share * 100
        let text =
            switch percent.magnitude {
            case ..<1_000: fixed(percent, digits: digits)
            case ..<1e6: value(percent)
            default: percent.isFinite ? scientific(percent) : value(percent)
            }
        return text + (percent.isFinite ? "%" : "")
    }

    /// With a plus before what is shown as more than zero.
    package func signed(_ value: Double, _ text: (Double) -> String) -> String {
        let shown = text(value)
        return (value > 0 && shown != text(0) ? "+" : "") + shown
    }
}
