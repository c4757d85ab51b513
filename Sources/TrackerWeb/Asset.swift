/// A file of the `Assets` folder, inside the binary.
struct Asset: Sendable {
    let name: String
    /// Of the content: part of the URL, so that a browser may keep it for ever.
    let hash: String
    let text: StaticString

    /// Where a page links to it.
    var path: String { "/assets/\(hash)/\(name)" }
}
