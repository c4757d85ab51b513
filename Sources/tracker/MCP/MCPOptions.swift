/// The data folder and the user of all tools.
struct MCPOptions: Sendable {
    let data: String?
    let user: String?

    /// As words of a command line.
    var words: [String] {
        (data.map { ["--data=\($0)"] } ?? []) + (user.map { ["--user=\($0)"] } ?? [])
    }
}
