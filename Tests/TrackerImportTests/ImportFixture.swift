import Testing

/// A file of our own in the shape of a tool's, and what it becomes.
struct ImportFixture: Sendable, CustomTestStringConvertible {
    var name: String
    /// The format that it is recognised as.
    var format: String
    var text: String
    /// The lines of the log, all of them, in order.
    var lines: [String]

    init(name: String, format: String, text: String, lines: [String]) {
        (self.name, self.format, self.text, self.lines) = (name, format, text, lines)
    }

    /// - Parameter log: the lines of the log, as one text.
    init(name: String, format: String, text: String, log: String) {
        let lines = log.split(separator: "\n").map(String.init)
        self.init(name: name, format: format, text: text, lines: lines)
    }

    var testDescription: String { name }
    var bytes: [UInt8] { Array(text.utf8) }

    /// Of every family: the laws below hold for each.
    static let all: [ImportFixture] = [
        hey, vegeta, k6, jmeter, locust, wrk, gatling, ab, siege, h2load,
        oha, hdr, fortio, benches, tables, otherTools, prints, expositions,
    ].flatMap { $0 }
}
