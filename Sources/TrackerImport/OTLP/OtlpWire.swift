/// Reads the fields of a protobuf message one after the other, in place.
package struct WireScanner {
    package struct Field {
        package let number: Int
        package let value: Value
    }

    package enum Value {
        case varint(UInt64)
        case fixed(UInt64)
        /// Where its content is.
        case range(Range<Int>)
        /// Four bytes: no field that is read has them.
        case short
    }

    package enum Step {
        case field(Field)
        case end
        case damaged
    }

    private let bytes: [UInt8]
    package private(set) var at: Int
    private let end: Int

    package init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    package mutating func next() -> Step {
        guard at < end else { return .end }
        guard let tag = varint(), tag >> 3 > 0, tag >> 3 < 1 << 29 else { return .damaged }
        let value: Value
        switch tag & 7 {
        case 0:
            guard let number = varint() else { return .damaged }
            value = .varint(number)
        case 1:
            guard let number = fixed() else { return .damaged }
            value = .fixed(number)
        case 2:
            guard let length = varint(), length <= UInt64(end - at) else { return .damaged }
            value = .range(at..<at + Int(length))
            at += Int(length)
        case 5:
            guard end - at >= 4 else { return .damaged }
            at += 4
            value = .short
        // Groups are of before 2008, and no message of OTLP has one.
        default: return .damaged
        }
        return .field(Field(number: Int(tag >> 3), value: value))
    }

    /// At most ten bytes, of which the last has one bit.
    package mutating func varint() -> UInt64? {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while at < end, shift < 64 {
            let byte = bytes[at]
            at += 1
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    package mutating func fixed() -> UInt64? {
        guard end - at >= 8 else { return nil }
        var value: UInt64 = 0
        for index in 0..<8 { value |= UInt64(bytes[at + index]) << UInt64(8 * index) }
        at += 8
        return value
    }

    package var isAtEnd: Bool { at >= end }
}

/// A protobuf message as a part of the bytes that it came in.
package struct WireMessage: Sendable {
    let bytes: [UInt8]
    let range: Range<Int>
    let type: OtlpType

    /// What is within is checked as well, so that reading it cannot fail.
    /// - Throws: where the bytes are no such message: a field is cut, damaged or written as one of
    ///   another type, or there are more messages than `ImportLimits.maxWireMessages`.
    package init(_ bytes: [UInt8], as type: OtlpType) throws(OtlpMisfit) {
        self.init(bytes: bytes, range: 0..<bytes.count, type: type)
        var left = ImportLimits.maxWireMessages
        if let misfit = misfit(&left) { throw misfit }
    }

    private init(bytes: [UInt8], range: Range<Int>, type: OtlpType) {
        self.bytes = bytes
        self.range = range
        self.type = type
    }

    private func misfit(_ left: inout Int) -> OtlpMisfit? {
        left -= 1
        guard left >= 0 else { return OtlpMisfit("has more parts than are read at a time") }
        let fields = OtlpSchema.fields(of: type)
        var scanner = WireScanner(bytes, range)
        while true {
            switch scanner.next() {
            case .end: return nil
            case .damaged: return OtlpMisfit("a field is cut or damaged")
            case .field(let found):
                guard let field = fields.first(where: { $0.number == found.number }) else {
                    continue
                }
                if let misfit = misfit(found.value, field, &left) {
                    return misfit.within(field.key.rawValue)
                }
            }
        }
    }

    private func misfit(
        _ value: WireScanner.Value, _ field: OtlpField, _ left: inout Int
    ) -> OtlpMisfit? {
        guard field.isWritten(as: value) else {
            return OtlpMisfit("has another wire type than OTLP gives it")
        }
        guard case .range(let content) = value else { return nil }
        switch field.kind {
        case .message(let type):
            return WireMessage(bytes: bytes, range: content, type: type).misfit(&left)
        case .manyFixed, .manyDoubles:
            return content.count % 8 == 0 ? nil : OtlpMisfit("is cut")
        case .manyVarints:
            var numbers = WireScanner(bytes, content)
            while !numbers.isAtEnd {
                guard numbers.varint() != nil else { return OtlpMisfit("is cut or damaged") }
            }
            return nil
        default: return nil
        }
    }

    /// Each value of a field, in their order: of numbers in a row each of them.
    func each(_ key: OtlpKey, _ take: (WireScanner.Value, OtlpKind) -> Void) {
        guard let field = OtlpSchema.fields(of: type).first(where: { $0.key == key }) else {
            return
        }
        var scanner = WireScanner(bytes, range)
        while case .field(let found) = scanner.next() {
            guard found.number == field.number else { continue }
            switch (field.kind, found.value) {
            case (.manyFixed, .range(let content)), (.manyDoubles, .range(let content)):
                var numbers = WireScanner(bytes, content)
                while let number = numbers.fixed() { take(.fixed(number), field.kind) }
            case (.manyVarints, .range(let content)):
                var numbers = WireScanner(bytes, content)
                while let number = numbers.varint() { take(.varint(number), field.kind) }
            default: take(found.value, field.kind)
            }
        }
    }

    func part(_ content: Range<Int>, as type: OtlpType) -> WireMessage {
        WireMessage(bytes: bytes, range: content, type: type)
    }
}

extension OtlpField {
    /// Whether protobuf may write it so: numbers of a list one by one as well.
    fileprivate func isWritten(as value: WireScanner.Value) -> Bool {
        switch (kind, value) {
        case (.text, .range), (.bytes, .range), (.message, .range), (.varint, .varint),
            (.zigzag, .varint), (.fixed, .fixed), (.signedFixed, .fixed), (.double, .fixed),
            (.manyVarints, .range), (.manyVarints, .varint), (.manyFixed, .range),
            (.manyFixed, .fixed), (.manyDoubles, .range), (.manyDoubles, .fixed):
            true
        default: false
        }
    }
}
