import NIOHTTP1

/// The headers of every response, refusals and parse errors included.
///
/// `RequestGuard` adds them just before bytes are written, so that no route can omit them.
enum SecurityHeaders {
    /// No inline script or style element; `style-src-attr` because charts place their labels by
    /// `style="left:…"`; `form-action 'self'` because the session list has a search form. See
    /// `docs/decisions/0005-web-security.md`.
    static let contentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
        + "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types local-tracker"

    static let all: [(name: String, value: String)] = [
        ("Content-Security-Policy", contentSecurityPolicy),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        // Not `no-referrer`: with it browsers send forms of these very pages with `Origin: null`.
        ("Referrer-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
    ]

    static let noStore = "no-store"
    /// For `/assets/<hash>/…`: changed content has another URL.
    static let immutable = "public, max-age=31536000, immutable"

    static func apply(to headers: inout HTTPHeaders) {
        for (name, value) in all { headers.replaceOrAdd(name: name, value: value) }
        if !headers.contains(name: "Cache-Control") {
            headers.add(name: "Cache-Control", value: noStore)
        }
    }
}
