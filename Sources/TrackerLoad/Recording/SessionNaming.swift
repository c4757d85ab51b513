import Glibc
package import TrackerLog

extension SessionID {
    /// A new id `yyyymmdd-hhmmss-<8 hex>` in UTC: names sort by time, and two starts in one second differ.
    package static func generate(nowMs: Double, randomBits: UInt32) -> SessionID {
        let text = "\(compactUTC(ms: nowMs))-\(hex(randomBits, digits: 8))"
        guard let id = SessionID(directoryName: text) else {
            preconditionFailure("a generated session id is no directory name: \(text)")
        }
        return id
    }

    /// A new id for now.
    package static func generate() -> SessionID {
        var random = SystemRandomNumberGenerator()
        return generate(nowMs: unixTimeMs(), randomBits: random.next())
    }
}

/// Names of runs.
package enum RunNaming {
    /// A new id `<test>-hhmmss-<4 hex>` in UTC, for example `load-142359-9f3c`.
    package static func generate(test: String, nowMs: Double, randomBits: UInt16) -> String {
        let time = compactUTC(ms: nowMs).suffix(6)
        return "\(test)-\(time)-\(hex(UInt32(randomBits), digits: 4))"
    }

    /// A new id for now.
    package static func generate(test: String) -> String {
        var random = SystemRandomNumberGenerator()
        return generate(test: test, nowMs: unixTimeMs(), randomBits: random.next())
    }
}

/// `yyyymmdd-hhmmss` in UTC; times outside 1970 to 9999 are held within.
private func compactUTC(ms: Double) -> String {
    let lastSecondOf9999 = 253_402_300_799.0
    var seconds = time_t(min(max((ms / 1_000).rounded(.down), 0), lastSecondOf9999))
    var parts = unsafe tm()
    _ = unsafe gmtime_r(&seconds, &parts)
    let date = unsafe [
        pad(parts.tm_year + 1_900, 4), pad(parts.tm_mon + 1, 2), pad(parts.tm_mday, 2),
    ]
    let time = unsafe [pad(parts.tm_hour, 2), pad(parts.tm_min, 2), pad(parts.tm_sec, 2)]
    return date.joined() + "-" + time.joined()
}

private func pad(_ number: Int32, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}

private func hex(_ number: UInt32, digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
