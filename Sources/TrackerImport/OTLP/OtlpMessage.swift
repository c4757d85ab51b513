package import TrackerLog

/// A message of OTLP, in JSON or in protobuf: both are read by the same code.
///
/// A field of another type than it should have counts as missing: `misfit` tells of it before. Of
/// one that comes twice the last counts.
package enum OtlpMessage: Sendable {
    case json(JSONValue)
    case wire(WireMessage)

    package func has(_ key: OtlpKey) -> Bool {
        switch self {
        case .json(let value): return value[key.rawValue].map { $0 != .null } ?? false
        case .wire: return last(key) != nil
        }
    }

    package func message(_ key: OtlpKey) -> OtlpMessage? {
        switch self {
        case .json(let value):
            guard let part = value[key.rawValue], part.objectValue != nil else { return nil }
            return .json(part)
        case .wire: return messages(key).last
        }
    }

    package func messages(_ key: OtlpKey) -> [OtlpMessage] {
        switch self {
        case .json(let value): return (value[key.rawValue]?.arrayValue ?? []).map(Self.json)
        case .wire(let wire):
            var found: [OtlpMessage] = []
            wire.each(key) { value, kind in
                guard case .range(let content) = value, case .message(let type) = kind else {
                    return
                }
                found.append(.wire(wire.part(content, as: type)))
            }
            return found
        }
    }

    package func text(_ key: OtlpKey) -> String? {
        switch self {
        case .json(let value): return value[key.rawValue]?.stringValue
        case .wire(let wire):
            guard case (.range(let content), .text)? = last(key) else { return nil }
            return String(decoding: wire.bytes[content], as: UTF8.self)
        }
    }

    /// Of bytes as hex digits; JSON has them so. What is written in another way, as base64, is
    /// kept as it is: there a small letter is not a large one.
    package func identifier(_ key: OtlpKey) -> String? {
        switch self {
        case .json(let value):
            guard let text = value[key.rawValue]?.stringValue else { return nil }
            return text.allSatisfy(\.isHexDigit) ? text.lowercased() : text
        case .wire(let wire):
            guard case (.range(let content), .bytes)? = last(key) else { return nil }
            return HexText.text(of: wire.bytes[content])
        }
    }

    package func flag(_ key: OtlpKey) -> Bool? {
        switch self {
        case .json(let value): return value[key.rawValue]?.boolValue
        case .wire:
            guard case (.varint(let number), .varint)? = last(key) else { return nil }
            return number != 0
        }
    }

    /// A finite number.
    package func number(_ key: OtlpKey) -> Double? {
        switch self {
        case .json(let value): return value[key.rawValue]?.number
        case .wire:
            switch last(key) {
            case (.fixed(let bits), .double)?:
                let number = Double(bitPattern: bits)
                return number.isFinite ? number : nil
            case (.fixed(let bits), .signedFixed)?: return Double(Int64(bitPattern: bits))
            default: return nil
            }
        }
    }

    /// A whole number. Of an enumeration its number; JSON may have its name as well, which is none.
    package func whole(_ key: OtlpKey) -> Int? {
        switch self {
        case .json(let value): return value[key.rawValue]?.wholeNumber
        case .wire:
            switch last(key) {
            case (.varint(let bits), .varint)?: return Int(truncatingIfNeeded: bits)
            case (.varint(let bits), .zigzag)?:
                return Int(truncatingIfNeeded: bits >> 1) ^ -Int(truncatingIfNeeded: bits & 1)
            case (.fixed(let bits), .fixed)?: return Int(exactly: bits)
            case (.fixed(let bits), .signedFixed)?: return Int(Int64(bitPattern: bits))
            default: return nil
            }
        }
    }

    /// Of a list; `nil` where an element is no finite number.
    package func numbers(_ key: OtlpKey) -> [Double]? {
        switch self {
        case .json(let value):
            let all = value[key.rawValue]?.arrayValue ?? []
            let found = all.compactMap(\.number)
            return found.count == all.count ? found : nil
        case .wire(let wire):
            var found: [Double] = []
            wire.each(key) { value, kind in
                guard case .fixed(let bits) = value, kind == .manyDoubles else { return }
                found.append(Double(bitPattern: bits))
            }
            return found.allSatisfy(\.isFinite) ? found : nil
        }
    }

    /// Of a list; `nil` where an element is no count.
    package func counts(_ key: OtlpKey) -> [UInt64]? {
        switch self {
        case .json(let value):
            let all = value[key.rawValue]?.arrayValue ?? []
            let found = all.compactMap(Self.count)
            return found.count == all.count ? found : nil
        case .wire(let wire):
            var found: [UInt64] = []
            wire.each(key) { value, kind in
                switch (value, kind) {
                case (.fixed(let number), .manyFixed), (.varint(let number), .manyVarints):
                    found.append(number)
                default: break
                }
            }
            return found
        }
    }

    /// A whole number of 64 bits that is not negative.
    package func count(_ key: OtlpKey) -> UInt64? {
        switch self {
        case .json(let value): return value[key.rawValue].flatMap(Self.count)
        case .wire:
            guard case (.fixed(let bits), .fixed)? = last(key) else { return nil }
            return bits
        }
    }

    /// Nanoseconds since 1970; 0 means that there is none.
    package func nanoseconds(_ key: OtlpKey) -> UInt64? {
        count(key).flatMap { $0 == 0 ? nil : $0 }
    }

    package func time(_ key: OtlpKey) -> Timestamp? {
        guard let nanoseconds = nanoseconds(key) else { return nil }
        // Whole milliseconds and the rest apart: 19 digits are more than a double holds.
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return Timestamp(milliseconds: Double(whole) + Double(rest) / 1e6)
    }

    /// Equal for equal messages of one encoding.
    package var fingerprint: UInt64 {
        switch self {
        case .json(let value): return XXHash64.hash(Array(value.text.utf8))
        case .wire(let wire): return XXHash64.hash(Array(wire.bytes[wire.range]))
        }
    }

    private func last(_ key: OtlpKey) -> (WireScanner.Value, OtlpKind)? {
        guard case .wire(let wire) = self else { return nil }
        var found: (WireScanner.Value, OtlpKind)?
        wire.each(key) { found = ($0, $1) }
        return found
    }

    /// A number, or one that is written as a text.
    static func count(_ value: JSONValue) -> UInt64? {
        guard let text = value.stringValue ?? value.numberText else { return nil }
        return UInt64(text) ?? DecimalText.number(text).flatMap { UInt64(exactly: $0) }
    }
}
