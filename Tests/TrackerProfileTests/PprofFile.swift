/// Writes a pprof by hand: not with what is tested.
struct PprofFile {
    var texts: [String]
    var types: [(type: UInt64, unit: UInt64)]
    /// Names, by id.
    var functions: [UInt64: UInt64]
    /// Functions of a location, the innermost first.
    var locations: [UInt64: [UInt64]]
    var samples: [(stack: [UInt64], values: [UInt64])]
    var defaultType: UInt64 = 0

    func bytes(isPacked: Bool) -> [UInt8] {
        var out: [UInt8] = []
        for one in types {
            out += Self.message(1, Self.number(1, one.type) + Self.number(2, one.unit))
        }
        for sample in samples {
            out += Self.message(
                2,
                Self.numbers(1, sample.stack, isPacked) + Self.numbers(2, sample.values, isPacked))
        }
        for (id, calls) in locations.sorted(by: { $0.key < $1.key }) {
            let lines = calls.flatMap { Self.message(4, Self.number(1, $0) + Self.number(2, 7)) }
            out += Self.message(4, Self.number(1, id) + lines)
        }
        for (id, name) in functions.sorted(by: { $0.key < $1.key }) {
            out += Self.message(5, Self.number(1, id) + Self.number(2, name))
        }
        for text in texts { out += Self.message(6, Array(text.utf8)) }
        return out + Self.number(14, defaultType)
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }

    private static func number(_ field: UInt64, _ value: UInt64) -> [UInt8] {
        value == 0 ? [] : varint(field << 3) + varint(value)
    }

    private static func message(_ field: UInt64, _ content: [UInt8]) -> [UInt8] {
        varint(field << 3 | 2) + varint(UInt64(content.count)) + content
    }

    private static func numbers(_ field: UInt64, _ values: [UInt64], _ isPacked: Bool) -> [UInt8] {
        isPacked
            ? message(field, values.flatMap(varint))
            : values.flatMap { varint(field << 3) + varint($0) }
    }
}
