/// A file of the `Assets` folder, embedded in the binary.
package struct Asset: Sendable {
    package let name: String
    /// Hash of the content: part of the URL, so that a browser may cache it without expiry.
    package let hash: String
    package let text: StaticString

    /// The URL path: `/assets/<hash>/<name>`.
    package var path: String { "/assets/\(hash)/\(name)" }
}
