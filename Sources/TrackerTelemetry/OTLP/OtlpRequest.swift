import TrackerImport
import TrackerLog

/// What a program sends to `POST /v1/metrics` or `/v1/traces`.
package struct OtlpRequest: Sendable {
    package enum Signal: String, CaseIterable, Sendable {
        case metrics, traces
    }

    package enum Encoding: Sendable {
        case json, protobuf

        /// - Parameter mediaType: without parameters, in lower case.
        package init?(mediaType: String?) {
            switch mediaType {
            case "application/json": self = .json
            case "application/x-protobuf": self = .protobuf
            default: return nil
            }
        }

        package var mediaType: String {
            switch self {
            case .json: "application/json"
            case .protobuf: "application/x-protobuf"
            }
        }
    }

    package var signal: Signal
    package var encoding: Encoding
    /// As it came.
    package var body: [UInt8]
    /// `gzip` or `zstd`; `nil` for a plain body.
    package var compression: String?
    /// By the headers; what a resource says comes first.
    package var user: String?
    package var session: String?

    package init(
        signal: Signal, encoding: Encoding, body: [UInt8], compression: String? = nil,
        user: String? = nil, session: String? = nil
    ) {
        self.signal = signal
        self.encoding = encoding
        self.body = body
        self.compression = compression
        self.user = user
        self.session = session
    }

    /// The compressions that are read.
    package static let compressions = WholeBody.Kind.allCases.map(\.rawValue)

    /// Decompressed.
    func content() throws(OtlpRefusal) -> [UInt8] {
        guard let compression else {
            guard body.count <= TelemetryLimits.maxExportBytes else {
                throw .tooLong
            }
            return body
        }
        guard let kind = WholeBody.Kind(rawValue: compression) else {
            throw .malformed("The body is compressed by a method that is not read here.")
        }
        do throws(WholeBody.Failure) {
            return try WholeBody.content(
                of: body, kind: kind, limit: TelemetryLimits.maxExportBytes)
        } catch {
            switch error {
            case .tooLong: throw .tooLong
            case .damaged(let why):
                throw .malformed("The \(kind.rawValue) body is damaged: \(why).")
            }
        }
    }

    func message(_ content: [UInt8]) throws(OtlpRefusal) -> OtlpMessage {
        let type: OtlpType = signal == .metrics ? .metricsRequest : .traceRequest
        switch encoding {
        case .json:
            // An empty body is a request of nothing.
            if content.isEmpty { return .json(.emptyObject) }
            let value: JSONValue
            do throws(JSONTextError) {
                value = try JSONValue(parsingText: content)
            } catch {
                throw .malformed(
                    "The body is not valid JSON: \(error.reason.rawValue), at byte \(error.offset)."
                )
            }
            guard value.objectValue != nil else {
                throw .malformed("The body must be a JSON object.")
            }
            if let misfit = value.misfit(as: type) { throw refusal(misfit) }
            return .json(value)
        case .protobuf:
            do throws(OtlpMisfit) {
                return .wire(try WireMessage(content, as: type))
            } catch {
                throw refusal(error)
            }
        }
    }

    private func refusal(_ misfit: OtlpMisfit) -> OtlpRefusal {
        let kind = encoding == .protobuf ? "protobuf message" : "message"
        return .malformed(
            "The body is no \(kind) of the \(signal.rawValue) of OTLP: \(misfit.text).")
    }
}

/// Why nothing of a request was taken. Sending it again does not help.
package enum OtlpRefusal: Error, Sendable, Hashable {
    case malformed(String)
    case tooLong

    package var message: String {
        switch self {
        case .malformed(let text): text
        case .tooLong:
            "The body has more than \(TelemetryLimits.maxExportBytes) bytes, decompressed."
        }
    }
}
