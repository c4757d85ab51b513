import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// Notes and conditions, side by side.
    mutating func notesAndConditions(_ model: SessionModel) {
        let rows = ConditionText.rows(model.summary)
        let notes = model.summary.notes
        guard !rows.isEmpty || !notes.isEmpty else { return }
        raw(notes.isEmpty || rows.isEmpty ? "<div" : "<div class=\"two w\"")
        raw(" id=\"words\" data-live=\"parts\">")
        if !notes.isEmpty { panel("notes", title: "Notes") { $0.noteList(notes, model) } }
        if !rows.isEmpty {
            let note = "as logged; highlighted where runs differ"
            panel("conditions", title: "Conditions", note: note) { $0.conditions(rows) }
        }
        raw("</div>\n")
    }

    mutating func noteList(_ notes: [Edit], _ model: SessionModel) {
        raw("<div class=\"notes\">")
        for note in notes.suffix(ViewLimits.listedNotes) {
            raw("<article>")
            time(note.timestamp, as: .minute)
            raw("<div>")
            let named = model.runs.first { $0.summary.run.isExactly(note.run) }
            if note.run != nil, let named {
                element("p", class: "of", named.name)
            }
            for paragraph in note.text.split(separator: "\n", omittingEmptySubsequences: true) {
                element("p", String(paragraph))
            }
            raw("</div></article>")
        }
        raw("</div>")
    }

    private mutating func conditions(_ rows: [ConditionText.Row]) {
        raw("<dl class=\"kv\">")
        for row in rows {
            raw("<div>")
            element("dt", row.key)
            raw("<dd>")
            for (index, value) in row.values.enumerated() {
                if index > 0 { raw(" ") }
                element(row.values.count > 1 ? "ins" : "span", value)
            }
            if row.hasMore { raw(" and more") }
            raw("</dd></div>")
        }
        raw("</dl>")
    }
}
