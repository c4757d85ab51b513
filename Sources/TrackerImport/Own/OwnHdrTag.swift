import TrackerLog

/// The tags of a histogram log (`.hlog`) that Local Tracker writes: `RUN`, `RUN.failed`, or
/// `failed` where there is one run.
package enum OwnHdrTag {
    /// What the first line says has written it.
    package static let writer = "Local Tracker"
    private static let failed = "failed"

    /// - Parameter name: without commas and blanks.
    /// - Returns: the tag of the run's successes, which is never one of failures.
    package static func run(_ name: String) -> String {
        read(name).isOfFailures ? name + "_" : name
    }

    /// - Parameter run: the tag of its successes; `nil` where there is one run.
    package static func failures(of run: String?) -> String {
        run.map { "\($0).\(failed)" } ?? failed
    }

    /// - Returns: the run, which is empty where there is one.
    static func read(_ tag: String) -> (run: String, isOfFailures: Bool) {
        let (bytes, end) = (tag.utf8, ".\(failed)".utf8)
        if tag.isExactly(failed) { return ("", true) }
        guard bytes.count >= end.count, bytes.suffix(end.count).elementsEqual(end) else {
            return (tag, false)
        }
        return (String(tag.utf8.dropLast(end.count)) ?? tag, true)
    }
}
