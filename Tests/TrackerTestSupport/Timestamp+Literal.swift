public import TrackerLog

/// Tests write times as Unix milliseconds.
extension Timestamp: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    public init(floatLiteral milliseconds: Double) { self.init(clamping: milliseconds) }
    public init(integerLiteral milliseconds: Int) { self.init(clamping: Double(milliseconds)) }
}

extension Timestamp {
    package static func + (time: Timestamp, milliseconds: Double) -> Timestamp {
        time.advanced(byMilliseconds: milliseconds)
    }

    package static func - (time: Timestamp, milliseconds: Double) -> Timestamp {
        time.advanced(byMilliseconds: -milliseconds)
    }
}
