/// Writes protobuf, by hand: not with the tables that are tested.
enum Wire {
    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }

    static func bytes(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(UInt64(content.count)) + content
    }

    static func text(_ number: UInt64, _ text: String) -> [UInt8] {
        bytes(number, Array(text.utf8))
    }

    static func message(_ number: UInt64, _ fields: [UInt8]...) -> [UInt8] {
        bytes(number, fields.flatMap { $0 })
    }

    static func whole(_ number: UInt64, _ value: UInt64) -> [UInt8] {
        varint(number << 3) + varint(value)
    }

    static func zigzag(_ number: UInt64, _ value: Int) -> [UInt8] {
        whole(number, UInt64(bitPattern: Int64(value << 1 ^ value >> 63)))
    }

    static func fixed(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    static func fixed(_ number: UInt64, _ value: UInt64) -> [UInt8] {
        varint(number << 3 | 1) + fixed(value)
    }

    static func double(_ number: UInt64, _ value: Double) -> [UInt8] {
        fixed(number, value.bitPattern)
    }

    static func attribute(_ number: UInt64, _ key: String, _ value: String) -> [UInt8] {
        message(number, text(1, key), message(2, text(1, value)))
    }
}
