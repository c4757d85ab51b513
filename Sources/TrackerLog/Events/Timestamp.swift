import Glibc

/// A point in time: Unix milliseconds, with a fraction where the clock has one.
///
/// Invariant: finite, so times have an order. Kept as a `Double`, which is exact to under a
/// microsecond until 2255.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z; negative before.
    public let milliseconds: Double

    /// - Returns: `nil` when the number is infinite or NaN.
    public init?(milliseconds: Double) {
        guard milliseconds.isFinite else { return nil }
        self.milliseconds = milliseconds
    }

    /// The nearest valid time; NaN becomes the epoch.
    package init(clamping milliseconds: Double) {
        let limit = Double.greatestFiniteMagnitude
        self.milliseconds = milliseconds.isNaN ? 0 : min(max(milliseconds, -limit), limit)
    }

    /// Of file times, which are nanoseconds.
    package init(nanoseconds: Int64) { milliseconds = Double(nanoseconds) / 1_000_000 }

    /// 1970-01-01T00:00:00Z.
    public static let epoch = Timestamp(clamping: 0)

    /// The system clock, with microseconds in the fraction. May go backwards.
    public static var now: Timestamp {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &time) == 0 else { return epoch }
        return Timestamp(
            clamping: Double(time.tv_sec) * 1_000 + Double(time.tv_nsec / 1_000) / 1_000)
    }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    /// Milliseconds from `other` to this time; negative when this is earlier.
    public func milliseconds(since other: Timestamp) -> Double { milliseconds - other.milliseconds }

    /// - Parameter offset: NaN changes nothing; infinity gives the last valid time.
    public func advanced(byMilliseconds offset: Double) -> Timestamp {
        offset.isNaN ? self : Timestamp(clamping: milliseconds + offset)
    }
}

extension Timestamp {
    /// Parses RFC 3339, which requires a zone: `2026-11-23T14:02:11.5Z`, `…+01:00`.
    /// - Returns: `nil` when the text is anything else.
    public init?(rfc3339 text: String) {
        var text = text
        guard let time = text.withUTF8({ unsafe Self.parseRFC3339(UnsafeRawBufferPointer($0)) })
        else { return nil }
        self.init(milliseconds: time)
    }

    /// As `init(rfc3339:)`, of bytes.
    package init?(rfc3339Bytes bytes: UnsafeRawBufferPointer) {
        guard let time = unsafe Self.parseRFC3339(bytes) else { return nil }
        self.init(milliseconds: time)
    }

    /// Reads ISO 8601 date and time as programs write them: like RFC 3339, but the zone may be
    /// missing (UTC) and the `T` may be a space.
    public init?(iso8601AssumingUTC text: String) {
        if let time = Timestamp(rfc3339: text) {
            self = time
            return
        }
        let text =
            text.utf8.contains(UInt8(ascii: " "))
            ? text.replacing(" ", with: "T", maxReplacements: 1) : text
        guard let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "Z") else {
            return nil
        }
        self = time
    }

    /// `yyyymmdd-hhmmss` in UTC, as session names begin: sorts by time.
    package var compactText: String {
        let at = calendar
        return "\(Self.pad(at.year, 4))\(Self.pad(at.month, 2))\(Self.pad(at.day, 2))"
            + "-\(Self.pad(at.hour, 2))\(Self.pad(at.minute, 2))\(Self.pad(at.second, 2))"
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC, for example `2026-11-23T14:02:11.500Z`. Times outside years 0 to 9999 are
    /// held at the nearest end.
    public var description: String {
        let at = calendar
        return "\(Self.pad(at.year, 4))-\(Self.pad(at.month, 2))-\(Self.pad(at.day, 2))T"
            + "\(Self.pad(at.hour, 2)):\(Self.pad(at.minute, 2)):\(Self.pad(at.second, 2))"
            + ".\(Self.pad(at.millisecond, 3))Z"
    }
}

extension Timestamp {
    /// Date and time of day in UTC.
    package struct CalendarParts: Sendable, Hashable {
        package var year: Int
        package var month: Int
        package var day: Int
        package var hour: Int
        package var minute: Int
        package var second: Int
        package var millisecond: Int
        /// 0 is Sunday.
        package var weekday: Int
    }

    /// Times outside years 0 to 9999 are held at the nearest end.
    package var calendar: CalendarParts {
        let (days, rest) = (dayNumber, wholeMilliseconds - dayNumber * Self.millisecondsPerDay)
        let (year, month, day) = Self.civil(days: days)
        // 1970-01-01 was a Thursday.
        return CalendarParts(
            year: year, month: month, day: day, hour: rest / 3_600_000,
            minute: rest / 60_000 % 60, second: rest / 1_000 % 60, millisecond: rest % 1_000,
            weekday: (days % 7 + 11) % 7)
    }

    /// The day since 1970-01-01 that the time is in.
    package var dayNumber: Int {
        Int((Double(wholeMilliseconds) / Double(Self.millisecondsPerDay)).rounded(.down))
    }

    private var wholeMilliseconds: Int {
        Int(min(max(milliseconds, Self.earliest), Self.latest).rounded(.down))
    }

    private static let millisecondsPerDay = 86_400_000
    /// The first millisecond of year 0, and the last of year 9999.
    private static let earliest = -62_167_219_200_000.0
    private static let latest = 253_402_300_799_999.0

    /// Days since 1970-01-01 of a day in the proleptic Gregorian calendar.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The reverse, by counting in the 400-year cycle of the calendar, with years that begin in
    /// March so that the leap day comes last.
    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Timestamp {
    /// `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)` and nothing else.
    /// - Returns: Unix milliseconds.
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
