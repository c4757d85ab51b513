/// Times as text. Inside, a time is Unix milliseconds in a `Double`: exact to under a microsecond
/// until 2255.
public enum Timestamp {
    /// Reads RFC 3339, which demands a zone: `2026-11-23T14:02:11.5Z`, `…+01:00`.
    /// - Returns: Unix milliseconds, or `nil` when the text is anything else.
    public static func parseRFC3339(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { unsafe parseRFC3339(UnsafeRawBufferPointer($0)) }
    }

    /// Reads ISO 8601 date and time as programs write them: like RFC 3339, but the zone may be
    /// missing and then means UTC, and a space may stand for the `T`.
    public static func parseISO8601AssumingUTC(_ text: String) -> Double? {
        if let time = parseRFC3339(text) { return time }
        return parseRFC3339(text.replacing(" ", with: "T", maxReplacements: 1))
            ?? parseRFC3339(text.replacing(" ", with: "T", maxReplacements: 1) + "Z")
    }

    /// For example `2026-11-23T14:02:11.500Z`. Times outside years 0 to 9999 are held at the
    /// nearest end.
    public static func rfc3339(ms: Double) -> String {
        let (date, time) = components(ms: ms)
        return "\(pad(date.year, 4))-\(pad(date.month, 2))-\(pad(date.day, 2))T"
            + "\(pad(time.hour, 2)):\(pad(time.minute, 2)):\(pad(time.second, 2))"
            + ".\(pad(time.millisecond, 3))Z"
    }

    /// `yyyymmdd-hhmmss` in UTC, as session names begin: sorts by time.
    public static func compact(ms: Double) -> String {
        let (date, time) = components(ms: ms)
        return "\(pad(date.year, 4))\(pad(date.month, 2))\(pad(date.day, 2))"
            + "-\(pad(time.hour, 2))\(pad(time.minute, 2))\(pad(time.second, 2))"
    }

    public struct Day: Sendable, Hashable {
        public var year: Int
        public var month: Int
        public var day: Int
    }

    public struct TimeOfDay: Sendable, Hashable {
        public var hour: Int
        public var minute: Int
        public var second: Int
        public var millisecond: Int
    }

    /// Date and time of day in UTC.
    public static func components(ms: Double) -> (Day, TimeOfDay) {
        let held = ms.isNaN ? 0 : min(max(ms, earliestMs), latestMs)
        let whole = Int(held.rounded(.down))
        let days = Int((Double(whole) / Double(dayMs)).rounded(.down))
        let rest = whole - days * dayMs
        let time = TimeOfDay(
            hour: rest / 3_600_000, minute: rest / 60_000 % 60, second: rest / 1_000 % 60,
            millisecond: rest % 1_000)
        return (civil(days: days), time)
    }

    static let dayMs = 86_400_000
    private static let earliestMs = -62_167_219_200_000.0
    private static let latestMs = 253_402_300_799_999.0

    private static func pad(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    /// Days since 1970-01-01 of a day in the proleptic Gregorian calendar.
    static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civil(days: Int) -> Day {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return Day(year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month, day: day)
    }
}

extension Timestamp {
    /// `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)` and nothing else.
    static func parseRFC3339(_ bytes: UnsafeRawBufferPointer) -> Double? {
        var reader = unsafe DigitReader(bytes: bytes)
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2),
            reader.take("-"), let day = reader.digits(2), reader.take("T") || reader.take("t"),
            let hour = reader.digits(2), reader.take(":"), let minute = reader.digits(2),
            reader.take(":"), let second = reader.digits(2)
        else { return nil }
        guard (1...12).contains(month), (1...daysIn(month: month, year: year)).contains(day),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }
        guard let fractionMs = reader.fractionMs(), let zoneMinutes = reader.zone(),
            reader.isAtEnd
        else { return nil }
        let seconds =
            days(year: year, month: month, day: day) * 86_400 + hour * 3_600
            + (minute - zoneMinutes) * 60 + second
        return Double(seconds * 1_000) + fractionMs
    }

    private static func daysIn(month: Int, year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        switch month {
        case 2: return isLeap ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }

    @safe private struct DigitReader {
        let bytes: UnsafeRawBufferPointer
        var at = 0

        var isAtEnd: Bool { unsafe at == bytes.count }

        mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard unsafe at < bytes.count, unsafe bytes[at] == UInt8(ascii: scalar) else {
                return false
            }
            at += 1
            return true
        }

        mutating func digits(_ count: Int) -> Int? {
            guard unsafe at + count <= bytes.count else { return nil }
            var value = 0
            for index in at..<at + count {
                let byte = unsafe bytes[index]
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            at += count
            return value
        }

        /// The fraction of a second in milliseconds; 0 when there is none, `nil` when it has no
        /// digits.
        mutating func fractionMs() -> Double? {
            guard take(".") else { return 0 }
            var digits = 0
            var value: UInt64 = 0
            var scale = 1.0
            while unsafe at < bytes.count, unsafe bytes[at] >= 0x30, unsafe bytes[at] <= 0x39 {
                // Twelve digits are picoseconds: what follows changes no double.
                if digits < 12 {
                    value = unsafe value * 10 + UInt64(bytes[at] - 0x30)
                    scale *= 10
                }
                digits += 1
                at += 1
            }
            return digits > 0 ? Double(value) * 1_000 / scale : nil
        }

        /// Minutes east of UTC.
        mutating func zone() -> Int? {
            if take("Z") || take("z") { return 0 }
            let sign = take("+") ? 1 : take("-") ? -1 : 0
            guard sign != 0, let hours = digits(2), take(":"), let minutes = digits(2),
                hours <= 23, minutes <= 59
            else { return nil }
            return sign * (hours * 60 + minutes)
        }
    }
}
