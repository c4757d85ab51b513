import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// What was said about the run: by the file it came from, its program, its tool, and people.
    mutating func runWords(_ run: SessionModel.Run, _ model: SessionModel) {
        let (imported, conditions) = RunCondition.of(run, in: model)
        if !imported.isEmpty {
            let note = "what the file of another tool carries, and what it does not"
            panel("import", title: "Import", note: note) { $0.conditionList(imported) }
        }
        if !conditions.isEmpty {
            let note =
                run.index > 0 ? "as logged; highlighted where the run before differs" : "as logged"
            panel("conditions", title: "Conditions", note: note) { $0.conditionList(conditions) }
        }
        let reported = run.summary.reportedNumbers
        if !reported.isEmpty {
            let note = "by the tool, not measured here"
            panel("reported", title: "Reported", note: note) { out in
                out.conditionList(
                    reported.map {
                        RunCondition(
                            key: $0.name, text: NumberText.quantity($0.value, unit: $0.unit))
                    })
                out.panelLinks(.reported, model)
            }
        }
        let notes = model.summary.notes.filter { note in
            note.run.map(run.summary.run.isExactly) ?? run.contains(note.from)
        }
        if !notes.isEmpty { panel("notes", title: "Notes") { $0.noteList(notes, model) } }
        raw("<p class=\"same\" id=\"same\">Notes, and leaving the run out, are on the ")
        link(
            sessionPath(user: model.summary.user, session: model.summary.session) + "#edit",
            class: "link", "page of the session")
        raw(".</p>\n")
    }

    private mutating func conditionList(_ rows: [RunCondition]) {
        raw("<dl class=\"kv\">")
        for row in rows {
            raw("<div>")
            element("dt", row.key)
            raw("<dd>")
            element(row.differs ? "ins" : "span", row.text)
            if let before = row.before {
                raw(" <small>before: ")
                text(before)
                raw("</small>")
            }
            raw("</dd></div>")
        }
        raw("</dl>")
    }
}

/// One thing that was said about a run.
private struct RunCondition {
    var key: String
    var text: String
    /// Whether the run before it had it otherwise, or not.
    var differs = false
    var before: String?

    /// What the file of an import carries, and all other conditions.
    static func of(
        _ run: SessionModel.Run, in model: SessionModel
    ) -> (imported: [RunCondition], others: [RunCondition]) {
        let before = run.index > 0 ? all(model.runs[run.index - 1].summary) : nil
        var (imported, others): ([RunCondition], [RunCondition]) = ([], [])
        let own = all(run.summary)
        let isImported = own.contains { $0.key.hasPrefix(importPrefix) }
        for (key, text) in own {
            if isImported, key.hasPrefix(importPrefix) || key.isExactly("latency") {
                imported.append(RunCondition(key: label(key), text: text))
                continue
            }
            let known = before?.first { $0.key.isExactly(key) }?.text
            let differs = before != nil && !text.isExactly(known)
            others.append(
                RunCondition(
                    key: key, text: text, differs: differs, before: differs ? known : nil))
        }
        return (imported, others)
    }

    private static let importPrefix = "import_"

    private static func label(_ key: String) -> String {
        key.hasPrefix(importPrefix)
            ? String(key.dropFirst(importPrefix.count)).replacing("_", with: " ") : key
    }

    private static func all(_ run: RunSummary) -> [(key: String, text: String)] {
        var rows: [(key: String, text: String)] = []
        if let commit = run.commit { rows.append(("commit", commit)) }
        return rows + run.conditions.map { ($0.key, ConditionText.text($0.value)) }
    }
}

extension SessionModel.Run {
    /// Whether a moment is in the run.
    fileprivate func contains(_ moment: Timestamp?) -> Bool {
        guard let moment, let started = summary.started,
            let ended = summary.finished ?? summary.last
        else { return false }
        return started <= moment && moment <= ended
    }
}
