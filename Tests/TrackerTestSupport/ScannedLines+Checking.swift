import Testing

extension ScannedLines {
    /// Checks the scanner's promise: see `disagreements`.
    package func checkAgainstParser(_ what: String) throws {
        for disagreement in disagreements() { Issue.record("\(what): \(disagreement)") }
    }
}
