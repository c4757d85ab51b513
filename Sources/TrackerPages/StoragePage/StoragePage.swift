package import TrackerIndexer
package import TrackerLog

/// What is on the disk, how far it is read, and which sessions lost data.
/// - Parameters:
///   - dataFolder: as a person named it; `nil` is unknown.
///   - digest: see `IndexReader.digest`.
///   - trash: `nil` is unknown.
package func storagePage(
    _ catalog: Catalog, dataFolder: String?, digest: String?, trash: TrashContent?, now: Timestamp
) -> [UInt8] {
    var out = HTMLWriter(capacity: 32 << 10)
    let chrome = PageFrame(
        title: "Storage", catalog: catalog, current: .storage, isLive: true, now: now)
    let model = StorageModel(catalog)
    out.page(chrome) { out in
        out.crumb([("Sessions", sessionListPath), ("Storage", nil)])
        out.raw("<header class=\"head\" id=\"head\"><h1>")
        out.text(model.sentence)
        out.raw("</h1></header>\n")
        out.storageFigures(model)
        out.storageFreshness(catalog, digest: digest, dataFolder: dataFolder, now: now)
        if let trash { out.trash(trash, dataFolder: dataFolder) }
        out.lossTable(model, dataFolder: dataFolder)
    }
    return out.bytes
}

/// What was pruned, thinned or compacted, and can be moved back.
package struct TrashContent: Sendable, Hashable {
    package let sessions: Int
    /// Those of compacted sessions included.
    package let files: Int
    package let bytes: Int

    package init(sessions: Int, files: Int, bytes: Int) {
        (self.sessions, self.files, self.bytes) = (sessions, files, bytes)
    }
}

/// Totals of the list of sessions.
package struct StorageModel: Sendable {
    package let sessions: Int
    package let archived: Int
    package let events: Int
    package let bytes: Int
    package let unreadBytes: Int
    /// Those with damaged or missing data, newest first.
    package let damaged: [CatalogEntry]

    package init(_ catalog: Catalog) {
        let entries = catalog.entries
        sessions = entries.count
        archived = entries.count(where: \.isArchived)
        events = entries.reduce(0) { Self.sum($0, $1.eventCount) }
        bytes = entries.reduce(0) { Self.sum($0, $1.foldedBytes) }
        unreadBytes = entries.reduce(0) { Self.sum($0, $1.unreadBytes) }
        damaged = entries.filter { !$0.isWhole }
    }

    private static func sum(_ a: Int, _ b: Int) -> Int {
        let (sum, isOver) = a.addingReportingOverflow(b)
        return isOver ? .max : sum
    }

    var sentence: String {
        if sessions == 0 { return "Nothing is recorded yet." }
        guard !damaged.isEmpty else { return "Every record that was found is readable." }
        return damaged.count == 1
            ? "One session has damaged or missing data."
            : "\(NumberText.count(damaged.count)) sessions have damaged or missing data."
    }
}

extension HTMLWriter {
    fileprivate mutating func storageFigures(_ model: StorageModel) {
        raw("<dl class=\"panel kpis\" id=\"kpis\">")
        keyFigure(
            "Sessions", NumberText.count(model.sessions), "",
            "\(NumberText.count(model.archived)) archived")
        keyFigure("Events", NumberText.count(model.events), "", "folded")
        let bytes = Quantity(Double(model.bytes), unit: "B")
        keyFigure("Log", NumberText.value(bytes.value), bytes.unit ?? "B", "read")
        let unread = Quantity(Double(model.unreadBytes), unit: "B")
        keyFigure("Not read yet", NumberText.value(unread.value), unread.unit ?? "B", "")
        keyFigure(
            "Damaged", NumberText.count(model.damaged.count), "",
            model.damaged.count == 1 ? "session" : "sessions")
        raw("</dl>\n")
    }

    fileprivate mutating func storageFreshness(
        _ catalog: Catalog, digest: String?, dataFolder: String?, now: Timestamp
    ) {
        panel("index", title: "Index") { out in
            out.raw("<ul class=\"checks\"><li class=\"ok\">")
            out.icon(.clock, size: 14)
            out.raw("<div>")
            out.freshness(catalog.freshness, now: now)
            if catalog.freshness.backlog.sessions > 0 {
                out.element(
                    "small",
                    "\(NumberText.bytes(catalog.freshness.backlog.bytes)) of"
                        + " \(NumberText.count(catalog.freshness.backlog.sessions)) sessions are"
                        + " not read yet: numbers will change.")
            }
            out.raw("</div></li>")
            if let digest {
                out.raw("<li class=\"ok\">")
                out.icon(.check, size: 14)
                out.raw("<div>Digest <code>")
                out.text(digest)
                out.raw("</code><small>Logs with the same events have the same digest.</small>")
                out.raw("</div></li>")
            }
            if let dataFolder {
                out.raw("<li class=\"ok\">")
                out.icon(.storage, size: 14)
                out.raw("<div>Data folder <code>")
                out.text(dataFolder)
                out.raw("</code><small>The log is the truth: its index may be deleted.</small>")
                out.raw("</div></li>")
            }
            out.raw("</ul>")
        }
    }

    fileprivate mutating func trash(_ trash: TrashContent, dataFolder: String?) {
        panel("trash", title: "Trash") { out in
            out.raw("<p class=\"under\">")
            guard trash.files > 0 || trash.sessions > 0 else {
                out.text("Nothing is in the trash.")
                return out.raw("</p>")
            }
            let files = trash.files == 1 ? "1 file" : "\(NumberText.count(trash.files)) files"
            let sessions =
                trash.sessions == 1 ? "1 session" : "\(NumberText.count(trash.sessions)) sessions"
            out.text("\(sessions), \(files), \(NumberText.bytes(trash.bytes)): ")
            out.element("code", copiedCommand(["restore"], data: dataFolder))
            out.text(" lists the sessions, ")
            out.element(
                "code", copiedCommand(["prune", "--empty-trash", "--apply"], data: dataFolder))
            out.text(" deletes all for good.")
            out.raw("</p>")
        }
    }

    fileprivate mutating func lossTable(_ model: StorageModel, dataFolder: String?) {
        guard !model.damaged.isEmpty else { return }
        let note = "the page of a session lists each place with its file and offset"
        panel("losses", title: "Damaged or missing data", note: note) { out in
            out.scrollingTable("losses-table", label: "Sessions with damaged data") { out in
                out.tableHead([
                    "Session", "|Bad regions", "|Bad lines", "|Missing frames", "-To look and save",
                ])
                out.raw("<tbody>")
                for entry in model.damaged.prefix(ViewLimits.listedLosses) {
                    let name = "\(entry.user)/\(entry.session)"
                    out.raw("<tr><th scope=\"row\">")
                    out.link(
                        sessionPath(user: entry.user, session: entry.session), entry.title)
                    out.raw("</th>")
                    for count in [
                        entry.badRegionCount, entry.badLineCount, entry.missingFrames,
                    ] {
                        out.cell("n", NumberText.count(count))
                    }
                    out.raw("<td class=\"lo wrap\"><code>")
                    out.text(copiedCommand(["verify", name], data: dataFolder))
                    out.raw("</code><br><code>")
                    out.text(copiedCommand(["repair", name], data: dataFolder))
                    out.raw("</code></td></tr>")
                }
                out.raw("</tbody>")
            }
            let hidden = model.damaged.count - ViewLimits.listedLosses
            guard hidden > 0 else { return }
            out.raw("<p class=\"under\">")
            out.text("\(NumberText.count(hidden)) more: the filter ")
            out.link(SessionListModel.path(filter: "is:damaged"), class: "link", "is:damaged")
            out.text(" lists all.")
            out.raw("</p>")
        }
    }
}
