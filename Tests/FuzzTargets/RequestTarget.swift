import TrackerWeb

/// A request's target, and behind the first newline its `Host`.
enum RequestTarget {
    static func complaint(about input: [UInt8]) -> String? {
        let parts = input.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        let target = String(decoding: parts.first ?? [], as: UTF8.self)
        if let path = RequestPath(target: target) {
            for segment in path.segments where segment.isEmpty || segment == "." || segment == ".."
            {
                return "the path of \(target) leads elsewhere"
            }
        }
        let hosts = AllowedHosts(port: 8082)
        let host = String(decoding: parts.dropFirst().first ?? [], as: UTF8.self)
        guard let canonical = hosts.canonical(host) else { return nil }
        guard hosts.canonical(canonical) == canonical else { return "\(host) is \(canonical)" }
        return nil
    }
}
