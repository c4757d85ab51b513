import TrackerLog

/// The bodies of answers, in the encoding of the request.
package enum OtlpAnswer {
    /// The answer to a request that was taken: empty, or what of it was not, or a warning.
    package static func taken(
        _ signal: OtlpRequest.Signal, rejected: Int, message: String?,
        encoding: OtlpRequest.Encoding
    ) -> [UInt8] {
        guard rejected > 0 || message != nil else {
            return encoding == .json ? text(.emptyObject) : []
        }
        switch encoding {
        case .json:
            let name = signal == .metrics ? "rejectedDataPoints" : "rejectedSpans"
            var members: [JSONValue.Member] = []
            // 64-bit numbers are texts in the JSON of protobuf.
            if rejected > 0 { members.append(.init(name, .string(String(rejected)))) }
            if let message { members.append(.init("errorMessage", .string(message))) }
            return text(.object([.init("partialSuccess", .object(members))]))
        case .protobuf:
            var partial: [UInt8] = []
            if rejected > 0 { partial += [0x08] + varint(UInt64(rejected)) }
            if let message { partial += field(2, Array(message.utf8)) }
            return field(1, partial)
        }
    }

    /// A `Status`, as every refusal has it.
    package static func refused(_ message: String, encoding: OtlpRequest.Encoding) -> [UInt8] {
        switch encoding {
        case .json: text(.object([.init("message", .string(message))]))
        case .protobuf: field(2, Array(message.utf8))
        }
    }

    private static func text(_ value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        return bytes
    }

    /// A field of bytes.
    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        [number << 3 | 2] + varint(UInt64(content.count)) + content
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var (bytes, rest): ([UInt8], UInt64) = ([], value)
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
