package import TrackerImport
package import TrackerLog

/// One line of a datagram: a metric with one value or more.
///
///     NAME:VALUE[:VALUE…]|TYPE[|@RATE][|#TAG[:TEXT],…]
///
/// Types are `c` counters, `g` gauges, `ms` timers, `h` histograms and `d` distributions. Other
/// fields of DogStatsD (container, time) say nothing about the value and are passed over.
package struct StatsDLine {
    package enum Kind: UInt8, Sendable, Hashable {
        case counter, gauge, timer, distribution
    }

    package enum Failure: Error, Sendable, Hashable {
        case refused(StatsDRefusal, why: String)
    }

    package var kind: Kind
    /// The name of the metric.
    package var name: ByteView
    /// As they were sent.
    package var tags: ByteView?
    /// Values of a counter or timer are of one in so many events: above 0, at most 1.
    package var rate: Double
    private var values: ByteView

    /// - Throws: for a line that is no metric, or of a kind that is not taken.
    package init(_ line: ByteView) throws(Failure) {
        // Events and service checks of DogStatsD.
        if line.hasPrefix("_e{") || line.hasPrefix("_sc|") {
            throw .refused(.notSupported, why: "events and service checks are no metrics")
        }
        guard let bar = line.firstIndex(of: UInt8(ascii: "|")),
            let colon = line.prefix(bar).firstIndex(of: UInt8(ascii: ":")), colon > 0
        else { throw Self.malformed("not NAME:VALUE|TYPE") }
        name = line.prefix(colon)
        values = line[colon + 1..<bar]
        // Several values stand before the type; a bar within them would begin the type.
        let fields = line.dropFirst(bar + 1)
        let end = fields.firstIndex(of: UInt8(ascii: "|")) ?? fields.count
        kind = try Self.kind(fields.prefix(end))
        rate = 1
        tags = nil
        var start = end + 1
        while start <= fields.count {
            let next = fields.firstIndex(of: UInt8(ascii: "|"), from: start) ?? fields.count
            try read(field: fields[min(start, next)..<next])
            start = next + 1
        }
        guard name.count <= LogLimits.maxMetricLength else {
            throw Self.malformed("a name with more than \(LogLimits.maxMetricLength) bytes")
        }
    }

    private static func malformed(_ why: String) -> Failure { .refused(.malformed, why: why) }

    private static func kind(_ type: ByteView) throws(Failure) -> Kind {
        if type.equals("c") { return .counter }
        if type.equals("g") { return .gauge }
        if type.equals("ms") { return .timer }
        if type.equals("h") || type.equals("d") { return .distribution }
        if type.equals("s") { throw .refused(.notSupported, why: "sets are not supported") }
        throw malformed("an unknown type; c, g, ms, h and d are known")
    }

    private mutating func read(field: ByteView) throws(Failure) {
        if field.hasPrefix("@") {
            guard let rate = DecimalText.number(field.dropFirst(1)),
                rate >= TelemetryLimits.smallestSampleRate, rate <= 1
            else {
                throw Self.malformed(
                    "a sample rate below \(TelemetryLimits.smallestSampleRate) or above 1")
            }
            self.rate = rate
        } else if field.hasPrefix("#") {
            tags = field.dropFirst(1)
        }
    }

    /// A value of the line.
    package enum Value: Sendable, Hashable {
        case absolute(Double)
        /// A gauge with a sign: the difference to what it was. With tags it is none, because
        /// DogStatsD has negative gauges and no differences.
        case change(Double)
    }

    /// Gives each value, and what stands there if it is none.
    package func forEachValue(_ take: (Value?) -> Void) {
        var start = 0
        while start <= values.count {
            let end = values.firstIndex(of: UInt8(ascii: ":"), from: start) ?? values.count
            take(value(values[start..<end]))
            start = end + 1
        }
    }

    private func value(_ text: ByteView) -> Value? {
        guard let first = text.isEmpty ? nil : text[0] else { return nil }
        let isSigned = first == UInt8(ascii: "+") || first == UInt8(ascii: "-")
        guard let number = DecimalText.number(text) ?? DecimalText.sent(text.text) else {
            return nil
        }
        return kind == .gauge && isSigned && tags == nil ? .change(number) : .absolute(number)
    }

    /// The labels that its tags make, sorted; names that come twice count once. A tag without a
    /// text is a label with the text `true`.
    package var labels: [Label] {
        guard let tags else { return [] }
        var labels: [Label] = []
        for tag in tags.split(by: UInt8(ascii: ",")) where !tag.isEmpty {
            let colon = tag.firstIndex(of: UInt8(ascii: ":")) ?? tag.count
            let name = tag.prefix(colon).text
            let text = tag.dropFirst(colon + 1).text
            guard labels.count < LogLimits.maxLabels, !name.isEmpty,
                name.utf8.count <= LogLimits.maxNameBytes,
                !labels.contains(where: { $0.name.isExactly(name) })
            else { continue }
            let value = colon == tag.count ? "true" : text
            if value.isEmpty { continue }
            labels.append(
                Label(name, value.shortened(toBytes: TelemetryLimits.labelBytes)))
        }
        return labels.sorted()
    }
}
