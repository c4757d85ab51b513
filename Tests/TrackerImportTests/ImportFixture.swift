import Testing

/// A file of our own in the shape of a tool's, and what it becomes.
struct ImportFixture: Sendable, CustomTestStringConvertible {
    var name: String
    /// The format that it is recognised as.
    var format: String
    var text: String
    /// The lines of the log, all of them, in order.
    var lines: [String]

    var testDescription: String { name }
    var bytes: [UInt8] { Array(text.utf8) }

    /// Of every family: the laws below hold for each.
    static let all: [ImportFixture] = hey + vegeta + k6
}
