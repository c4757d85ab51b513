package import TrackerLog

/// The path of a session's page: `/sessions/<user>/<session>`, both ids percent-encoded once.
///
/// Ids that no path can hold are given by their folders' names instead, below
/// `/sessions/by-folder`: browsers take `%2e%2e` for a step up, and a server refuses control
/// characters.
package func sessionPath(user: UserID, session: SessionID) -> String {
    guard fitsPath(user.value), fitsPath(session.value) else {
        return "/sessions/by-folder/\(percentEncoded(user.directoryName))/"
            + percentEncoded(session.directoryName)
    }
    return "/sessions/\(percentEncoded(user.value))/\(percentEncoded(session.value))"
}

/// Where the forms of the session's page are sent: `/edits/<user>/<session>`.
package func editPath(user: UserID, session: SessionID) -> String {
    "/edits" + sessionPath(user: user, session: session).dropFirst("/sessions".utf8.count)
}

/// The page of one of its runs, or its own.
package func sessionPath(user: UserID, session: SessionID, run: String?) -> String {
    run.map { runPath(user: user, session: session, run: $0) }
        ?? sessionPath(user: user, session: session)
}

/// The path of a run's page: `/sessions/<user>/<session>/runs/<run>`; of a run whose id no path can
/// hold, the page of the session with the run in view.
package func runPath(user: UserID, session: SessionID, run: String) -> String {
    let path = sessionPath(user: user, session: session)
    return hasRunPath(run)
        ? path + "/runs/" + percentEncoded(run) : path + queryText([("run", run)])
}

/// Whether a run has a page of its own.
func hasRunPath(_ run: String) -> Bool { !run.isEmpty && fitsPath(run) }

/// The page of what is on the disk.
let storagePath = "/storage"
/// The page of all users.
let usersPath = "/users"

/// Whether an id can be one segment of a path.
private func fitsPath(_ id: String) -> Bool {
    id != "." && id != ".."
        && !id.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
}

/// Encodes text as one path segment or query value: all but the unreserved characters of RFC 3986
/// become `%XX`.
package func percentEncoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            bytes.append(byte)
        default:
            bytes.append(UInt8(ascii: "%"))
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// `?a=b&c=d`; empty without items.
func queryText(_ items: [(String, String)]) -> String {
    guard !items.isEmpty else { return "" }
    return "?"
        + items.map { "\(percentEncoded($0.0))=\(percentEncoded($0.1))" }.joined(separator: "&")
}
