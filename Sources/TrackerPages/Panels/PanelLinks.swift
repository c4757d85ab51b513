import TrackerIndexer
package import TrackerLog

/// Where the numbers of a panel are for a program: of the metric, run and span in view.
struct PanelSource {
    let panel: PagePanel
    let model: SessionModel

    /// Of the query of a page, as its routes and the command take it.
    private var items: [(String, String)] {
        var items: [(String, String)] = []
        if let metric = model.metric?.id, !metric.isExactly(model.metrics.first?.id) {
            items.append(("metric", metric))
        }
        if let run = model.only?.summary.run { items.append(("run", run)) }
        if let span = model.span, span.isUsable { items += span.items }
        if panel == .distribution, let pinned = model.pinned {
            items.append(("at", pinned.column.pinText))
        }
        return items
    }

    /// The whole page as text.
    var markdownPath: String {
        "/api/v1" + sessionPath(user: model.summary.user, session: model.summary.session)
            + "/report/markdown" + queryText(items)
    }

    private var path: String {
        panelPath(user: model.summary.user, session: model.summary.session, panel: panel)
    }

    var jsonPath: String { path + queryText(items) }
    var csvPath: String { path + "/csv" + queryText(items) }

    /// The command that prints the same numbers.
    var command: String {
        let name = "\(model.summary.user)/\(model.summary.session)"
        let options = items.flatMap { ["--" + $0.0, $0.1] }
        return copiedCommand(
            ["show", name, "--panel", panel.rawValue] + options, data: model.query.dataFolder)
    }
}

/// A command to copy, for the data folder of the server, as that was started.
func copiedCommand(_ words: [String], data: String?) -> String {
    let folder = data.map { ["--data", $0] } ?? []
    return (["tracker"] + words + folder).map(ShellQuoting.quoted).joined(separator: " ")
}

/// `/api/v1/sessions/USER/SESSION/panels/PANEL`.
package func panelPath(user: UserID, session: SessionID, panel: PagePanel) -> String {
    "/api/v1" + sessionPath(user: user, session: session) + "/panels/" + panel.rawValue
}

extension HTMLWriter {
    /// Links to the numbers of a panel. A page in a file has none: nobody answers them there.
    mutating func panelLinks(_ panel: PagePanel, _ model: SessionModel) {
        guard !model.query.isFile else { return }
        let source = PanelSource(panel: panel, model: model)
        dataLinks(
            panel.rawValue, of: panel.title, json: source.jsonPath, csv: source.csvPath,
            command: source.command,
            markdown: panel == .figures ? source.markdownPath : nil)
    }

    /// - Parameters:
    ///   - id: of the panel.
    ///   - title: what the numbers are of, for readers that see only the link.
    mutating func dataLinks(
        _ id: String, of title: String, json: String, csv: String, command: String,
        markdown: String? = nil
    ) {
        raw("<div class=\"as\"")
        attribute("id", id + "-as")
        raw(">")
        dataLink(json, "JSON", title)
        dataLink(csv, "CSV", title)
        if let markdown { markdownLink(markdown) }
        raw("<details")
        attribute("id", id + "-command")
        raw("><summary")
        attribute("aria-label", "Command: " + title)
        raw(">Command</summary><code>")
        text(command)
        raw("</code> ")
        copyButton()
        raw("</details></div>")
    }

    /// Copies what stands before it. Only the script can, and shows it.
    mutating func copyButton() {
        raw("<button class=\"btn small\" type=\"button\" data-copies hidden>Copy</button>")
    }

    /// The text is copied by the script, and opened without it.
    mutating func markdownLink(_ path: String) {
        raw("<a data-copies")
        attribute("href", path)
        raw(">Copy as Markdown</a>")
    }

    private mutating func dataLink(_ path: String, _ format: String, _ title: String) {
        raw("<a")
        attribute("href", path)
        attribute("aria-label", "\(format): \(title)")
        raw(">")
        text(format)
        raw("</a>")
    }
}
