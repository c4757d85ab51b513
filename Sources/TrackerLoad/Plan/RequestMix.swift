import TrackerLog

/// What a plan sends, for `run_started.params.request_mix`: runs that sent other requests are not
/// compared as if they were alike.
///
/// Values of headers may be keys. Only eight digits of their hash are recorded: enough to tell two
/// apart, and no way back.
extension LoadPlan {
    /// `[{"method","url","weight","headers":{"name":"hash"},"body_bytes","body_sha256"},…]`, in the
    /// order given. Beyond `LoadLimits.maxListedRequests` `{"more","sha256"}` stands for the rest.
    var requestMix: JSONValue {
        let all = requests.map { $0.mixJSON(origin: origin) }
        let rest = all.dropFirst(LoadLimits.maxListedRequests)
        guard !rest.isEmpty else { return .array(all) }
        let text = rest.map(\.text).joined(separator: "\n")
        return .array(
            all.prefix(LoadLimits.maxListedRequests) + [
                .object([
                    .init("more", .integer(rest.count)),
                    .init("sha256", .string(Self.digest(Array(text.utf8), digits: 16))),
                ])
            ])
    }

    fileprivate static func digest(_ bytes: [UInt8], digits: Int) -> String {
        String(SHA256.hexDigest(of: bytes).prefix(digits))
    }
}

extension RequestTemplate {
    fileprivate func mixJSON(origin: Origin) -> JSONValue {
        var values: [String: [String]] = [:]
        for header in headers { values[header.name.lowercased(), default: []].append(header.value) }
        let hashed = values.sorted { $0.key < $1.key }.map { name, values in
            let text = "\(name)\n" + values.joined(separator: "\n")
            return JSONValue.Member(
                name, .string(LoadPlan.digest(Array(text.utf8), digits: 8)))
        }
        var members: [JSONValue.Member] = [
            .init("method", .string(method)), .init("url", .string(origin.description + uri)),
            .init("weight", .integer(weight)),
        ]
        if !hashed.isEmpty { members.append(.init("headers", .object(hashed))) }
        if !body.isEmpty {
            members.append(.init("body_bytes", .integer(body.count)))
            members.append(.init("body_sha256", .string(LoadPlan.digest(body, digits: 16))))
        }
        return .object(members)
    }
}
