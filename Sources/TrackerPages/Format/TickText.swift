import TrackerLog

/// The labels of an axis: as few digits as the values need, each with its unit.
package enum TickText {
    /// A longer unit stands beside the chart only: it would take the room of the chart.
    static let longestUnit = 4
    /// Characters of a label for which there is room at the left of a plot on a phone, and with
    /// the room that the style sheet gives to long ones.
    static let shortLabel = 7
    static let longLabel = 11
    /// Decimals: as few as tell neighbours apart, which are close on an axis far from zero.
    private static let fewestDigits = 4
    private static let mostDigits = 9

    /// - Parameters:
    ///   - values: of one axis.
    ///   - isLogarithmic: each value is in the unit in which it is best read; else all are in
    ///     that of the highest.
    package static func labels(
        _ values: [Double], unit: String?, isLogarithmic: Bool = false
    ) -> [String] {
        guard let unit, !unit.isEmpty else {
            return distinct(values) { NumberText.tick($0, digits: $1) }
        }
        if NumberText.isShare(unit) { return values.map { NumberText.tick($0 * 100) + "%" } }
        if isLogarithmic {
            return values.map { value in
                let shown = Quantity(value, unit: unit)
                return label(shown.value, shown.unit)
            }
        }
        let highest = values.max { $0.magnitude < $1.magnitude } ?? 0
        let shown = Quantity(highest, unit: unit)
        let factor = highest == 0 ? 1 : shown.value / highest
        return distinct(values) { label($0 * factor, shown.unit, digits: $1) }
    }

    private static func distinct(
        _ values: [Double], _ label: (Double, _ digits: Int) -> String
    ) -> [String] {
        var labels: [String] = []
        for digits in fewestDigits...mostDigits {
            labels = values.map { label($0, digits) }
            if Set(labels).count == values.count { break }
        }
        return labels
    }

    private static func label(
        _ value: Double, _ unit: String?, digits: Int = fewestDigits
    ) -> String {
        let number = NumberText.tick(value, digits: digits)
        guard let unit, value != 0, unit.unicodeScalars.count <= longestUnit else { return number }
        return number + (["%", "/s"].contains(unit) ? "" : "\u{A0}") + unit
    }
}
