package import TrackerLog

extension SessionID {
    /// A new id `yyyymmdd-hhmmss-<8 hex>` in UTC: names sort by time, and two starts in one second
    /// differ.
    package static func generate(now: Timestamp, randomBits: UInt32) -> SessionID {
        let text = "\(now.compactText)-\(hex(randomBits, digits: 8))"
        guard let id = SessionID(directoryName: text) else {
            preconditionFailure("a generated session id is no directory name: \(text)")
        }
        return id
    }

    /// A new id for now.
    package static func generate() -> SessionID {
        var random = SystemRandomNumberGenerator()
        return generate(now: .now, randomBits: random.next())
    }
}

/// Names of runs.
package enum RunNaming {
    /// A new id `run-<yyyymmdd-hhmmss>-<8 hex>` in UTC.
    static func generate() -> String { "run-\(SessionID.generate().value)" }

    /// A new id `<test>-hhmmss-<4 hex>` in UTC, for example `load-142359-9f3c`.
    package static func generate(test: String, now: Timestamp, randomBits: UInt16) -> String {
        let time = now.compactText.suffix(6)
        return "\(test)-\(time)-\(hex(UInt32(randomBits), digits: 4))"
    }

    /// A new id for now.
    package static func generate(test: String) -> String {
        var random = SystemRandomNumberGenerator()
        return generate(test: test, now: .now, randomBits: random.next())
    }
}

private func hex(_ number: UInt32, digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
