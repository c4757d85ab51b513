import NIOHTTP1
import TrackerLog

/// One kind of request of a test: its contents, label and weight.
package struct RequestTemplate: Sendable, Hashable {
    /// For example `GET`.
    package let method: String
    /// Path and query, as in the request line.
    package let uri: String
    /// The label `route` of its samples.
    package let route: String
    /// In the order given; they replace default headers of the same name.
    package let headers: [Header]
    package let body: [UInt8]
    /// Its frequency relative to the other templates; at least 1.
    package let weight: Int

    /// A header line of a request.
    package struct Header: Sendable, Hashable {
        package let name: String
        package let value: String

        /// Parses `Name: value`.
        package init(parsing text: String, argument: String = "--header") throws(LoadError) {
            guard let colon = text.firstIndex(of: ":") else {
                throw .invalid(argument: argument, value: text, problem: "write 'Name: value'")
            }
            let name = String(text[..<colon])
            let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenCharacter) else {
                throw .invalid(
                    argument: argument, value: text,
                    problem: "a header name may contain only letters, digits and dashes")
            }
            guard value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else {
                throw .invalid(
                    argument: argument, value: text,
                    problem: "a header value must not contain line breaks or control characters")
            }
            self.name = name
            self.value = String(value)
        }
    }

    package init(
        target: TargetURL, method: String = "GET", headers: [Header] = [], body: [UInt8] = [],
        route: String? = nil, weight: Int = 1
    ) throws(LoadError) {
        guard !method.isEmpty, method.utf8.allSatisfy(isTokenCharacter) else {
            throw .invalid(
                argument: "--method", value: method, problem: "write a method such as GET or POST")
        }
        guard method.uppercased() != "CONNECT" else {
            throw .invalid(
                argument: "--method", value: method,
                problem: "CONNECT opens a tunnel and has no response to measure")
        }
        guard weight > 0 else {
            throw .invalid(argument: "weight", value: "\(weight)", problem: "must be at least 1")
        }
        self.method = method
        self.uri = target.uri
        self.route = route ?? target.route
        self.headers = headers
        self.body = body
        self.weight = weight
    }

    /// The request's head as it is sent to `origin`.
    func head(origin: Origin) -> HTTPRequestHead {
        var fields = HTTPHeaders()
        fields.add(name: "Host", value: origin.authority)
        fields.add(name: "User-Agent", value: "tracker-load/\(LoadVersion.text)")
        fields.add(name: "Accept", value: "*/*")
        if !body.isEmpty || ["POST", "PUT", "PATCH"].contains(method) {
            fields.add(name: "Content-Length", value: String(body.count))
        }
        // A header given twice is sent twice, but never beside the default of the same name.
        for header in headers { fields.remove(name: header.name) }
        for header in headers { fields.add(name: header.name, value: header.value) }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: uri, headers: fields)
    }
}

/// The version in `run_started.params` and the `User-Agent` header.
package enum LoadVersion {
    package static let text = "0.1.0"
}

/// Whether a byte may occur in a method or a header name (RFC 9110, 5.6.2).
private func isTokenCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
