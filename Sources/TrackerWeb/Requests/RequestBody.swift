import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

extension Request {
    /// The whole body.
    /// - Throws: when it is too long (`NIOTooManyBytesError`), or the connection broke before its
    ///   end.
    func collectedBody(upTo limit: Int) async throws -> [UInt8] {
        let buffer = try await body.collect(upTo: limit)
        if let length = headers[.contentLength].flatMap(Int.init), length != buffer.readableBytes {
            throw RequestGuard.RequestCutOff()
        }
        return Array(buffer.readableBytesView)
    }

    /// Of its content, without parameters, in lower case; `nil` without a type, or with several.
    var mediaType: String? {
        let types = headers[values: .contentType]
        guard types.count == 1, let type = types.first else { return nil }
        var text = type.prefix { $0 != ";" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text.lowercased()
    }

    /// Why its body is no form, as a page sends one; `nil` where it is.
    var formProblem: String? {
        let type = "application/x-www-form-urlencoded"
        guard mediaType == type else { return "Send the form as \(type)." }
        return headers[.contentEncoding] == nil ? nil : "Send the form uncompressed."
    }
}
