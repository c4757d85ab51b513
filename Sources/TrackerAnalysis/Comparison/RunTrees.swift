import TrackerIndexer
import TrackerLog

/// Whether the runs of a group were made from a tree without uncommitted changes.
package struct RunTrees: Sendable, Hashable {
    package var clean = 0
    package var dirty = 0
    /// Runs that do not say.
    package var unknown = 0

    init(_ runs: [RunSummary]) {
        for run in runs {
            switch run.environment["git_dirty"]?.boolValue {
            case false?: clean += 1
            case true?: dirty += 1
            case nil: unknown += 1
            }
        }
    }

    /// `2 clean, 1 with uncommitted changes`; empty where no run says it.
    package var text: String {
        guard clean + dirty > 0 else { return "" }
        let parts = [
            (clean, "clean"), (dirty, "with uncommitted changes"), (unknown, "not told"),
        ]
        return parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    var json: JSONValue {
        .object([
            .init("clean", .integer(clean)), .init("dirty", .integer(dirty)),
            .init("unknown", .integer(unknown)),
        ])
    }
}
