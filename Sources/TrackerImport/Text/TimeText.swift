package import TrackerLog

/// Times as tools write them.
package enum TimeText {
    /// What became of a text that should be a time.
    package enum Reading: Sendable, Hashable {
        /// - Parameter hasZone: without one UTC was assumed.
        case time(Timestamp, hasZone: Bool)
        /// Day and month cannot be told apart, or the month is none: why.
        case ambiguous(String)
        case none
    }

    /// A whole number since 1970, by its digits: 10 are seconds, 13 milliseconds, 16 microseconds,
    /// 19 nanoseconds.
    package static func epoch(_ bytes: ByteView) -> Timestamp? {
        guard [10, 13, 16, 19].contains(bytes.count) else { return nil }
        var value: UInt64 = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value &* 10 &+ UInt64(byte &- 0x30)
        }
        let perMs: Double
        switch bytes.count {
        case 10: return Timestamp(milliseconds: Double(value) * 1e3)
        case 13: perMs = 1
        case 16: perMs = 1e3
        default: perMs = 1e6
        }
        // Whole milliseconds and the rest apart: 19 digits are more than a double holds.
        let (whole, rest) = value.quotientAndRemainder(dividingBy: UInt64(perMs))
        return Timestamp(milliseconds: Double(whole) + Double(rest) / perMs)
    }

    package static func epoch(_ text: String) -> Timestamp? {
        var text = text
        return text.withUTF8 { unsafe epoch(ByteView(UnsafeRawBufferPointer($0))) }
    }

    /// Seconds since 1970. What would be the year 5138 or later was written in a finer unit.
    package static func seconds(_ value: Double) -> Timestamp? {
        var ms = value * 1e3
        for _ in 0..<3 where ms >= ImportLimits.maxEpochSeconds * 1e3 { ms /= 1e3 }
        return Timestamp(milliseconds: ms)
    }

    /// The time in a row of a table that is whole: digits since 1970, and `.epoch` where nothing, a
    /// zero or less stands for a time that was not taken; `nil` where the text is no time at all.
    static func cell(_ bytes: ByteView) -> Timestamp? {
        let bytes = bytes.trimmed
        if let time = epoch(bytes) { return time }
        if bytes.isEmpty || bytes.equals("null") { return .epoch }
        guard let value = DecimalText.number(bytes) else { return nil }
        return value > 0 ? seconds(value) : .epoch
    }

    static func cell(_ text: String) -> Timestamp? {
        var text = text
        return text.withUTF8 { unsafe cell(ByteView(UnsafeRawBufferPointer($0))) }
    }

    /// Any of: digits since 1970, RFC 3339 with and without zone, `yyyy/MM/dd HH:mm:ss[.SSS]`,
    /// `yyyy-MM-dd HH:mm:ss,SSS`, `dd/MM/yyyy HH:mm:ss` where the day is above 12.
    package static func read(_ text: String) -> Reading {
        let text = text.trimmedBlanks
        if let time = epoch(text) { return .time(time, hasZone: true) }
        if let time = Timestamp(rfc3339: text) { return .time(time, hasZone: true) }
        let parts = text.replacing("T", with: " ").split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let clock = clock(parts[1]) else { return .none }
        let separator: Character = parts[0].contains("/") ? "/" : parts[0].contains(".") ? "." : "-"
        let numbers = parts[0].split(separator: separator).map(String.init)
        guard numbers.count == 3, numbers.allSatisfy({ Int($0) != nil }) else { return .none }
        if numbers[0].count == 4 {
            return time(numbers[0], numbers[1], numbers[2], clock, text)
        }
        let year = numbers[2].count == 2 ? "20" + numbers[2] : numbers[2]
        let (first, second) = (Int(numbers[0]) ?? 0, Int(numbers[1]) ?? 0)
        if separator == "." { return time(year, numbers[1], numbers[0], clock, text) }
        if first > 12, second <= 12 { return time(year, numbers[1], numbers[0], clock, text) }
        if second > 12, first <= 12 { return time(year, numbers[0], numbers[1], clock, text) }
        if first == second { return time(year, numbers[0], numbers[1], clock, text) }
        return .ambiguous("\(text): day and month cannot be told apart")
    }

    private static func time(
        _ year: String, _ month: String, _ day: String, _ clock: String, _ text: String
    ) -> Reading {
        guard let number = Int(month), (1...12).contains(number) else {
            return .ambiguous("\(text): there is no month \(month), so its order is not known")
        }
        let date = "\(year)-\(padded(month))-\(padded(day))"
        let clock = withColon(inZoneOf: clock)
        guard let time = Timestamp(iso8601AssumingUTC: "\(date)T\(clock)") else { return .none }
        return .time(time, hasZone: Timestamp(rfc3339: "\(date)T\(clock)") != nil)
    }

    /// `HH:mm:ss`, with a fraction after point or comma, and perhaps a zone.
    private static func clock(_ text: Substring) -> String? {
        let plain = String(text).replacing(",", with: ".").trimmedBlanks
        let parts = plain.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let hour = Int(parts[0]), (0...23).contains(hour) else {
            return nil
        }
        let rest = parts[1].contains(":") ? String(parts[1]) : parts[1] + ":00"
        return "\(padded(String(parts[0]))):\(rest)"
    }

    /// `10:00:00+0100`, as Java writes a zone by default: RFC 3339 has a colon in it.
    private static func withColon(inZoneOf clock: String) -> String {
        guard let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return clock }
        let zone = clock[clock.index(after: sign)...]
        guard zone.count == 4, zone.allSatisfy(\.isNumber) else { return clock }
        return clock[...sign] + zone.prefix(2) + ":" + zone.suffix(2)
    }

    private static func padded(_ text: String) -> String { text.count == 1 ? "0" + text : text }
}
