import TrackerLog

/// What a plan sends, for `run_started.params.request_mix`: runs that sent other requests are not
/// compared as if they were alike.
/// Values of headers may be keys: see `RequestDigest`.
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
                    .init("sha256", .string(RequestDigest.body(Array(text.utf8)))),
                ])
            ])
    }
}

extension RequestTemplate {
    fileprivate func mixJSON(origin: Origin) -> JSONValue {
        var values: [String: [String]] = [:]
        for header in headers { values[header.name.lowercased(), default: []].append(header.value) }
        let hashed = values.sorted { $0.key < $1.key }.map { name, values in
            JSONValue.Member(name, .string(RequestDigest.header(name, values)))
        }
        var members: [JSONValue.Member] = [
            .init("method", .string(method)), .init("url", .string(origin.description + uri)),
            .init("weight", .integer(weight)),
        ]
        if !hashed.isEmpty { members.append(.init("headers", .object(hashed))) }
        if !body.isEmpty {
            members.append(.init("body_bytes", .integer(body.count)))
            members.append(.init("body_sha256", .string(RequestDigest.body(body))))
        }
        return .object(members)
    }
}
