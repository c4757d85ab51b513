package import TrackerLog

/// Moments and durations as a person reads them. All in UTC: the script turns them local.
package enum ClockText {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    /// `2026-11-17T14:02:11.250Z`: for programs, and for the script.
    package static func machine(_ time: Timestamp) -> String { shown(time).description }

    /// `14:02:11`.
    package static func clock(_ time: Timestamp) -> String { seconds(shown(time).calendar) }

    /// `14:02:11.2`.
    package static func clockTenths(_ time: Timestamp) -> String {
        let at = shown(time).calendar
        return seconds(at) + "." + String(at.millisecond / 100)
    }

    /// `14:02`.
    package static func minute(_ time: Timestamp) -> String {
        let at = shown(time).calendar
        return "\(padded(at.hour)):\(padded(at.minute))"
    }

    /// `Tue 17 Nov 2026`.
    package static func date(_ time: Timestamp) -> String {
        let at = shown(time).calendar
        return "\(weekdays[at.weekday]) \(at.day) \(months[at.month - 1]) \(at.year)"
    }

    /// `Tue 17 Nov 2026, 14:02`.
    package static func dateMinute(_ time: Timestamp) -> String {
        "\(date(time)), \(minute(time))"
    }

    /// A short form: `14:02` on the same day, `Fri 14:02` within a week, else `17 Nov`.
    package static func recent(_ time: Timestamp, now: Timestamp) -> String {
        let at = shown(time).calendar
        switch shown(now).dayNumber - shown(time).dayNumber {
        case 0: return minute(time)
        case 1...6: return "\(weekdays[at.weekday]) \(minute(time))"
        default:
            let date = "\(at.day) \(months[at.month - 1])"
            return at.year == shown(now).calendar.year ? date : "\(date) \(at.year)"
        }
    }

    /// `Today`, `Yesterday`, else the date.
    package static func dayName(_ time: Timestamp, now: Timestamp) -> String {
        switch shown(now).dayNumber - shown(time).dayNumber {
        case 0: "Today"
        case 1: "Yesterday"
        default: date(time)
        }
    }

    /// Elapsed time as on a stopwatch: `0:07`, `12:41`, `1:02:03`, `3d 4:00:00`.
    package static func elapsed(_ elapsedMs: Double) -> String {
        let total = Int((bounded(elapsedMs) / 1_000).rounded(.down))
        let (days, hours) = (total / 86_400, total / 3_600 % 24)
        let (minutes, seconds) = (total / 60 % 60, total % 60)
        if days > 0 { return "\(days)d \(hours):\(padded(minutes)):\(padded(seconds))" }
        if hours > 0 { return "\(hours):\(padded(minutes)):\(padded(seconds))" }
        return "\(minutes):\(padded(seconds))"
    }

    /// A duration with units: `0.3 s`, `42 s`, `7 min 42 s`, `3 h 5 min`, `12 days`.
    package static func duration(_ durationMs: Double) -> String {
        let seconds = bounded(durationMs) / 1_000
        if seconds < 9.95 { return NumberText.fixed(seconds, decimals: 1) + " s" }
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3_600 { return joined(whole / 60, "min", whole % 60, "s") }
        if whole < 86_400 { return joined(whole / 3_600, "h", whole / 60 % 60, "min") }
        return joined(whole / 86_400, whole < 172_800 ? "day" : "days", whole / 3_600 % 24, "h")
    }

    /// As `duration`, rounded to whole seconds: `1 s`, `4 s`, `2 min 8 s`. What would be none is in
    /// milliseconds: `300 ms`.
    package static func wholeSeconds(_ durationMs: Double) -> String {
        if durationMs > 0, durationMs < 500 {
            return "\(max(1, Int(durationMs.rounded()))) ms"
        }
        let seconds = (bounded(durationMs) / 1_000).rounded()
        return seconds < 10 ? "\(Int(seconds)) s" : duration(seconds * 1_000)
    }

    private static func joined(_ a: Int, _ unit: String, _ b: Int, _ smaller: String) -> String {
        b == 0 ? "\(a) \(unit)" : "\(a) \(unit) \(b) \(smaller)"
    }

    private static func seconds(_ at: Timestamp.CalendarParts) -> String {
        "\(padded(at.hour)):\(padded(at.minute)):\(padded(at.second))"
    }

    private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// Limits a time to the years 1970 to 9999, as the index does; NaN and infinity give 0.
    private static func shown(_ time: Timestamp) -> Timestamp { max(time, .epoch) }

    /// Year, month and day from days since 1970, computed in 400-year eras of years that begin in
    /// March, so that the leap day comes last.
    private static func bounded(_ durationMs: Double) -> Double {
        durationMs.isFinite ? min(max(durationMs, 0), 253_402_300_799_999) : 0
    }
}
