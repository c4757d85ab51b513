/// A file of the `Assets` folder, inside the binary.
package struct Asset: Sendable {
    package let name: String
    /// Of the content: part of the URL, so that a browser may keep it for ever.
    package let hash: String
    package let text: StaticString

    /// Where a page links to it.
    package var path: String { "/assets/\(hash)/\(name)" }
}
