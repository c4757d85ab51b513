import TrackerIndexer
import TrackerLog

/// The forms that change a session: each sends one event, without a script.
package struct EditForms: Sendable, Hashable {
    /// Whether the server wants its key with each edit.
    package var needsKey: Bool

    package init(needsKey: Bool) { self.needsKey = needsKey }
}

extension HTMLWriter {
    mutating func edits(_ forms: EditForms, _ model: SessionModel) {
        let summary = model.summary
        let path = editPath(user: summary.user, session: summary.session)
        panel(
            "edit", title: "Write it down",
            note: "each is an event with its author, and can be taken back"
        ) { out in
            out.raw("<div class=\"forms\">")
            out.noteForm(forms, path, model)
            out.tagForms(forms, path, summary)
            out.form(forms, path, .rename, button: "Rename") { out in
                out.field("New name of the session", "text", model.title)
            }
            out.form(forms, path, .baseline, button: "Pin as the baseline") { out in
                out.runChoice(
                    "Baseline", model.runs.filter { $0.summary.state == .finished },
                    orSession: true)
            }
            out.leftOutForms(forms, path, model)
            out.form(
                forms, path, summary.isArchived ? .restore : .archive,
                button: summary.isArchived ? "Bring back from the archive" : "Archive"
            ) { out in
                out.raw(
                    "<p>An archived session is in no list, trend or gate. Nothing is removed.</p>")
            }
            out.raw("</div>")
            out.editHistory(forms, path, summary)
        }
    }

    private mutating func noteForm(_ forms: EditForms, _ path: String, _ model: SessionModel) {
        form(forms, path, .note, button: "Add the note", isWide: true) { out in
            out.raw(
                """
                <label>Note <textarea name="text" rows="3" required></textarea></label>\
                <div class="row">
                """
            )
            out.runChoice("About", model.runs, orSession: true)
            out.raw(
                """
                <label>Moment, from the start <input name="at" placeholder="4:45" \
                pattern="[0-9:]+" autocomplete="off"></label></div>
                """
            )
        }
    }

    private mutating func tagForms(
        _ forms: EditForms, _ path: String, _ summary: SessionSummary
    ) {
        form(forms, path, .tag, button: "Tag") { $0.field("Tag", "text", "") }
        guard !summary.tags.isEmpty else { return }
        form(forms, path, .untag, button: "Remove the tag") { out in
            out.raw("<label>Tag to remove <select name=\"text\">")
            for tag in summary.tags { out.option(tag, tag) }
            out.raw("</select></label>")
        }
    }

    private mutating func leftOutForms(_ forms: EditForms, _ path: String, _ model: SessionModel) {
        let (out, counted) = (
            model.runs.filter { $0.summary.leftOut != nil },
            model.runs.filter { $0.summary.leftOut == nil && !$0.summary.run.isEmpty }
        )
        if !counted.isEmpty {
            form(forms, path, .leftOut, button: "Leave the run out") { writer in
                writer.runChoice("Run to leave out", counted, orSession: false)
                writer.field("Reason to leave it out", "text", "")
            }
        }
        if !out.isEmpty {
            form(forms, path, .takenIn, button: "Take the run in again") { writer in
                writer.runChoice("Run to take in again", out, orSession: false)
            }
        }
    }

    /// What was changed, newest first, each with a button that takes it back.
    private mutating func editHistory(
        _ forms: EditForms, _ path: String, _ summary: SessionSummary
    ) {
        guard !summary.edits.isEmpty else { return }
        form(forms, path, .undo, button: nil) { out in
            out.scrollingTable("edits-table", label: "Edits") { out in
                out.raw(
                    """
                    <thead><tr><th scope="col">When, <span data-zone>UTC</span></th>\
                    <th scope="col" class="lo">By</th><th scope="col">What</th><th scope="col">\
                    <span class="sr">Take back</span></th></tr>\
                    </thead><tbody>
                    """
                )
                for edit in summary.edits.suffix(ViewLimits.listedEdits).reversed() {
                    out.raw("<tr><td class=\"q\">")
                    out.time(edit.timestamp, as: .dateMinute)
                    out.raw("</td>")
                    out.cell("q lo", edit.by ?? NumberText.none)
                    out.raw("<td class=\"wrap\">")
                    out.text(edit.words)
                    out.raw("</td><td>")
                    if let id = edit.id {
                        out.raw("<button class=\"btn small\" type=\"submit\" name=\"undoes\"")
                        out.attribute("value", id)
                        out.attribute("aria-label", "Take back: \(edit.words)")
                        out.raw(">Take back</button>")
                    }
                    out.raw("</td></tr>")
                }
                out.raw("</tbody>")
            }
        }
    }

    // MARK: parts of forms

    /// - Parameter button: `nil` for a form whose body has its own.
    private mutating func form(
        _ forms: EditForms, _ path: String, _ kind: Edit.Kind, button: StaticString?,
        isWide: Bool = false, _ body: (inout HTMLWriter) -> Void
    ) {
        raw(isWide ? "<form method=\"post\" class=\"wide\"" : "<form method=\"post\"")
        attribute("action", path)
        raw("><input type=\"hidden\" name=\"kind\"")
        attribute("value", kind.rawValue)
        raw(">")
        body(&self)
        if forms.needsKey {
            raw(
                """
                <label>API key <input name="key" type="password" required \
                autocomplete="current-password"></label>
                """
            )
        }
        if let button {
            raw("<button class=\"btn\" type=\"submit\">")
            raw(button)
            raw("</button>")
        }
        raw("</form>")
    }

    private mutating func field(_ label: StaticString, _ name: StaticString, _ value: String) {
        raw("<label>")
        raw(label)
        raw(" <input required autocomplete=\"off\" name=\"")
        raw(name)
        raw("\"")
        attribute("value", value)
        raw("></label>")
    }

    private mutating func runChoice(
        _ label: StaticString, _ runs: [SessionModel.Run], orSession: Bool
    ) {
        raw("<label>")
        raw(label)
        raw(" <select name=\"run\">")
        if orSession { raw("<option value=\"\">the whole session</option>") }
        for run in runs.suffix(ViewLimits.runRows).reversed() where !run.summary.run.isEmpty {
            option(run.summary.run, run.name)
        }
        raw("</select></label>")
    }

    private mutating func option(_ value: String, _ label: String) {
        raw("<option")
        attribute("value", value)
        raw(">")
        text(label)
        raw("</option>")
    }
}
