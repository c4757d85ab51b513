/// Times and durations as text. Times are in UTC; the script shows them in local time.
package enum ClockText {
    /// The components of a time, in UTC.
    package struct Parts: Sendable, Hashable {
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

    private static let dayMs = 86_400_000
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    /// Days since 1970-01-01.
    package static func dayNumber(_ unixMs: Double) -> Int {
        Int((bounded(unixMs) / Double(dayMs)).rounded(.down))
    }

    package static func parts(_ unixMs: Double) -> Parts {
        let days = dayNumber(unixMs)
        let rest = Int(bounded(unixMs).rounded(.down)) - days * dayMs
        let (year, month, day) = civil(days)
        return Parts(
            year: year, month: month, day: day, hour: rest / 3_600_000,
            minute: rest / 60_000 % 60, second: rest / 1_000 % 60, millisecond: rest % 1_000,
            weekday: ((days % 7) + 11) % 7)
    }

    /// `2026-11-17T14:02:11.250Z`, for the script and other programs.
    package static func machine(_ unixMs: Double) -> String {
        let at = parts(unixMs)
        let date = "\(padded(at.year, 4))-\(padded(at.month))-\(padded(at.day))"
        return date + "T" + seconds(at) + "." + padded(at.millisecond, 3) + "Z"
    }

    /// `14:02:11`.
    package static func clock(_ unixMs: Double) -> String { seconds(parts(unixMs)) }

    /// `14:02:11.2`.
    package static func clockTenths(_ unixMs: Double) -> String {
        let at = parts(unixMs)
        return seconds(at) + "." + String(at.millisecond / 100)
    }

    /// `14:02`.
    package static func minute(_ unixMs: Double) -> String {
        let at = parts(unixMs)
        return "\(padded(at.hour)):\(padded(at.minute))"
    }

    /// `Tue 17 Nov 2026`.
    package static func date(_ unixMs: Double) -> String {
        let at = parts(unixMs)
        return "\(weekdays[at.weekday]) \(at.day) \(months[at.month - 1]) \(at.year)"
    }

    /// `Tue 17 Nov 2026, 14:02`.
    package static func dateMinute(_ unixMs: Double) -> String {
        "\(date(unixMs)), \(minute(unixMs))"
    }

    /// A short form: `14:02` on the same day, `Fri 14:02` within a week, else `17 Nov`.
    package static func recent(_ unixMs: Double, nowMs: Double) -> String {
        let at = parts(unixMs)
        switch dayNumber(nowMs) - dayNumber(unixMs) {
        case 0: return minute(unixMs)
        case 1...6: return "\(weekdays[at.weekday]) \(minute(unixMs))"
        default:
            let date = "\(at.day) \(months[at.month - 1])"
            return at.year == parts(nowMs).year ? date : "\(date) \(at.year)"
        }
    }

    /// `Today`, `Yesterday`, else the date.
    package static func dayName(_ unixMs: Double, nowMs: Double) -> String {
        switch dayNumber(nowMs) - dayNumber(unixMs) {
        case 0: "Today"
        case 1: "Yesterday"
        default: date(unixMs)
        }
    }

    /// Elapsed time as on a stopwatch: `0:07`, `12:41`, `1:02:03`, `3d 4:00:00`.
    package static func elapsed(_ elapsedMs: Double) -> String {
        let total = Int((max(0, bounded(elapsedMs)) / 1_000).rounded(.down))
        let (days, hours) = (total / 86_400, total / 3_600 % 24)
        let (minutes, seconds) = (total / 60 % 60, total % 60)
        if days > 0 { return "\(days)d \(hours):\(padded(minutes)):\(padded(seconds))" }
        if hours > 0 { return "\(hours):\(padded(minutes)):\(padded(seconds))" }
        return "\(minutes):\(padded(seconds))"
    }

    /// A duration with units: `0.3 s`, `42 s`, `7 min 42 s`, `3 h 5 min`, `12 days`.
    package static func duration(_ durationMs: Double) -> String {
        let seconds = max(0, bounded(durationMs)) / 1_000
        if seconds < 9.95 { return NumberText.fixed(seconds, decimals: 1) + " s" }
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3_600 { return joined(whole / 60, "min", whole % 60, "s") }
        if whole < 86_400 { return joined(whole / 3_600, "h", whole / 60 % 60, "min") }
        return joined(whole / 86_400, whole < 172_800 ? "day" : "days", whole / 3_600 % 24, "h")
    }

    /// As `duration`, rounded to whole seconds: `1 s`, `4 s`, `2 min 8 s`.
    package static func wholeSeconds(_ durationMs: Double) -> String {
        let seconds = (max(0, bounded(durationMs)) / 1_000).rounded()
        return seconds < 10 ? "\(Int(seconds)) s" : duration(seconds * 1_000)
    }

    private static func joined(_ a: Int, _ unit: String, _ b: Int, _ smaller: String) -> String {
        b == 0 ? "\(a) \(unit)" : "\(a) \(unit) \(b) \(smaller)"
    }

    private static func seconds(_ at: Parts) -> String {
        "\(padded(at.hour)):\(padded(at.minute)):\(padded(at.second))"
    }

    private static func padded(_ value: Int, _ width: Int = 2) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// Limits a time to the years 1970 to 9999, as the index does; NaN and infinity give 0.
    private static func bounded(_ unixMs: Double) -> Double {
        unixMs.isFinite ? min(max(unixMs, 0), 253_402_300_799_999) : 0
    }

    /// Year, month and day from days since 1970, computed in 400-year eras of years that begin in
    /// March, so that the leap day comes last.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }
}
