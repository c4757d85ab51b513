import TrackerIndexer
import TrackerLog

/// Edits as text.
enum EditText {
    /// What an edit did, on one line.
    static func words(_ edit: Edit) -> String {
        let run = edit.run.map { " on run \($0)" } ?? ""
        return switch edit.kind {
        case .note: "note\(run): \(edit.text)"
        case .tag: "tag \(edit.text)"
        case .untag: "untag \(edit.text)"
        case .rename: "name \(edit.text)"
        case .archive: "archived"
        case .restore: "brought back from the archive"
        case .baseline: "baseline" + (edit.run.map { ", run \($0)" } ?? "")
        case .leftOut: "left out\(edit.run.map { " run \($0)" } ?? ""): \(edit.text)"
        case .takenIn: "took in again\(edit.run.map { " run \($0)" } ?? "")"
        case .undo: edit.text
        }
    }

    /// The latest edits of a session with their ids; empty if there are none.
    static func table(_ edits: [Edit]) -> String {
        guard !edits.isEmpty else { return "" }
        var table = TextTable([
            .init("  EDITED (UTC)", .left), .init("ID", .left),
            .init("BY", .left, overflow: .cut(to: 8)),
            .init("WHAT", .left, overflow: .wrap(to: 20)),
        ])
        for edit in edits.suffix(EditLimits.maxListed) {
            table.add([
                "  " + String(edit.timestamp.description.prefix(19)), edit.id ?? "-",
                edit.by ?? "-", words(edit),
            ])
        }
        let more = edits.count - EditLimits.maxListed
        return table.text + (more > 0 ? "  \(more) earlier edits: --json lists all\n" : "")
    }
}
