package import TrackerLog

/// Where a session's page is: `/sessions/<user>/<session>`, both as directory names,
/// percent-encoded.
///
/// A directory name may hold `%` itself (`%2e` stands for a dot), which becomes `%25` here, so that
/// one decoding of the URL gives the directory name back.
package func sessionPath(user: UserID, session: SessionID) -> String {
    "/sessions/\(percentEncoded(user.directoryName))/\(percentEncoded(session.directoryName))"
}

/// Text as one path segment or query value: all but the unreserved characters of RFC 3986 as `%XX`.
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
