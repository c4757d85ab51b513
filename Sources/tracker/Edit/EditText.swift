import TrackerIndexer
import TrackerLog

/// Edits as text.
enum EditText {
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
                edit.by ?? "-", edit.words,
            ])
        }
        let more = edits.count - EditLimits.maxListed
        return table.text + (more > 0 ? "  \(more) earlier edits: --json lists all\n" : "")
    }
}
