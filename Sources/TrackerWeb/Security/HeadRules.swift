import NIOHTTP1
import TrackerAnalysis
import TrackerLog

/// The rules that every request must pass before it is routed, decided from its head alone.
struct HeadRules: Sendable {
    let hosts: AllowedHosts

    enum Verdict: Equatable {
        /// The head to route: its target is a path, and its only `Host` is in canonical form.
        case admit(HTTPRequestHead)
        case refuse(Refusal)
    }

    func verdict(on head: HTTPRequestHead) -> Verdict {
        if let refusal = sizeRefusal(head) ?? framingRefusal(head) { return .refuse(refusal) }
        switch canonicalHost(head.headers) {
        case .failure(let refusal): return .refuse(refusal.refusal)
        case .success(let host): return originForm(head, host: host)
        }
    }

    private func sizeRefusal(_ head: HTTPRequestHead) -> Refusal? {
        guard head.version == .http1_1 || head.version == .http1_0 else { return .version }
        // "METHOD target HTTP/1.1" has two spaces and eight more bytes.
        let line = head.method.rawValue.utf8.count + head.uri.utf8.count + 10
        guard line <= WebLimits.maxRequestLineBytes else { return .requestLine }
        let bytes = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        guard head.headers.count <= WebLimits.maxHeaderFields, bytes <= WebLimits.maxHeaderBytes
        else { return .headers }
        return nil
    }

    /// Refuses ambiguous lengths: servers that disagree about the end of a body see different
    /// requests (request smuggling).
    private func framingRefusal(_ head: HTTPRequestHead) -> Refusal? {
        let lengths = head.headers["Content-Length"]
        let codings = head.headers["Transfer-Encoding"]
        if lengths.count > 1 || codings.count > 1 { return .framing }
        if let length = lengths.first {
            guard codings.isEmpty, (1...18).contains(length.utf8.count),
                length.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { return .framing }
        }
        if let coding = codings.first {
            guard head.version == .http1_1, coding.lowercased() == "chunked" else {
                return .framing
            }
        }
        let expectations = head.headers["Expect"]
        guard expectations.allSatisfy({ $0.lowercased() == "100-continue" }) else {
            return .expectation
        }
        return nil
    }

    private struct HostFailure: Error { let refusal: Refusal }

    private func canonicalHost(_ headers: HTTPHeaders) -> Result<String, HostFailure> {
        let values = headers["Host"]
        guard values.count == 1, let value = values.first, !value.isEmpty else {
            return .failure(HostFailure(refusal: .hostMissing))
        }
        guard let host = hosts.canonical(value) else {
            return .failure(HostFailure(refusal: .hostForeign))
        }
        return .success(host)
    }

    /// The target as a path. `http://host/path` is accepted too, as RFC 9112 requires, if that host
    /// is allowed as well.
    private func originForm(_ head: HTTPRequestHead, host: String) -> Verdict {
        var head = head
        head.headers.replaceOrAdd(name: "Host", value: host)
        if head.uri.hasPrefix("/") { return .admit(head) }
        if head.method == .CONNECT || head.uri == "*" { return .refuse(.methodWithoutPath) }
        let scheme = "http://"
        guard head.uri.lowercased().hasPrefix(scheme) else { return .refuse(.target) }
        let rest = head.uri.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        guard hosts.canonical(rest[..<end]) != nil else { return .refuse(.hostForeign) }
        let path = rest[end...]
        head.uri = path.hasPrefix("/") ? String(path) : "/" + path
        return .admit(head)
    }
}
