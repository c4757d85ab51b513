import TrackerLog

/// The value of a `Date` header, made once a second.
struct HTTPDate {
    private var second: Int?
    private var text = ""

    mutating func text(at time: Timestamp) -> String {
        let second = Int((time.milliseconds / 1_000).rounded(.down))
        if second != self.second {
            self.second = second
            text = Self.text(second, time)
        }
        return text
    }

    /// RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func text(_ second: Int, _ time: Timestamp) -> String {
        // "19941106-084937"
        let digits = Array(time.compactText)
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        let month = Int(part(4..<6)).map { months[$0 - 1] } ?? ""
        // 1970-01-01 was a Thursday.
        let day = days[(second / 86_400 + 4) % 7]
        return "\(day), \(part(6..<8)) \(month) \(part(0..<4)) "
            + "\(part(9..<11)):\(part(11..<13)):\(part(13..<15)) GMT"
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
