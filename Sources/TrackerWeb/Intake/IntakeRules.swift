import NIOHTTP1
import TrackerLog

/// Which requests are plain reports: no browser, the right key, JSON, a small body whose length is
/// given. The checks of all others, and the reasons for refusals, are those of their route.
struct IntakeRules: Sendable {
    let key: ServerKey?

    static let path = "/api/track"

    func takes(_ head: HTTPRequestHead) -> Bool {
        guard head.method == .POST, head.uri == Self.path else { return false }
        var length: Int?
        var isJSON = false
        var keys = 0
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 4 where Self.isNamed(name, "date"): continue
            case 6 where Self.isNamed(name, "origin") || Self.isNamed(name, "expect"): return false
            case 9 where Self.isNamed(name, "x-api-key"):
                keys += 1
                guard key?.matchesFast(value) ?? true else { return false }
            case 12 where Self.isNamed(name, "content-type"):
                // Twice is for the route to refuse.
                guard !isJSON, Self.isJSONType(value) else { return false }
                isJSON = true
            case 14 where Self.isNamed(name, "content-length"): length = Int(value)
            case 14 where Self.isNamed(name, "sec-fetch-site"): return false
            case 16 where Self.isNamed(name, "content-encoding"): return false
            default: continue
            }
        }
        guard let length, length <= WebLimits.maxLoopBodyBytes, isJSON else { return false }
        return key == nil || keys == 1
    }

    /// - Parameter lowercased: letters and hyphens, as long as the name.
    private static func isNamed(_ name: String, _ lowercased: String) -> Bool {
        zip(name.utf8, lowercased.utf8).allSatisfy { $0 | 0x20 == $1 }
    }

    /// The type alone: a parameter behind it is for the route to judge.
    private static func isJSONType(_ value: String) -> Bool {
        value == "application/json" || value == "application/json; charset=utf-8"
    }
}
