import ArgumentParser
import TrackerIndexer
import TrackerLog
import TrackerPages

/// The numbers of one panel of a session's page, as its link "Command" names them.
struct PanelOptions: ParsableArguments {
    @Option(help: "Only the numbers of one panel of the page: \(PagePanel.names).")
    var panel: String?

    @Flag(help: "With --panel: print comma-separated cells.")
    var csv = false

    @Option(help: "With --panel: the metric (default: the first of the page).")
    var metric: String?

    @Option(help: "With --panel: only this run.")
    var run: String?

    @Option(help: "With --panel: the beginning of a span, as 2026-11-17T14:02:11Z.")
    var from: String?

    @Option(help: "With --panel: the end of a span.")
    var to: String?

    @Option(help: "With --panel distribution: a moment, for its column alone.")
    var at: String?

    /// What was given of it, as the query of a page has it.
    private var items: [(String, String)] {
        [("metric", metric), ("run", run), ("from", from), ("to", to), ("at", at)]
            .compactMap { name, value in value.map { (name, $0) } }
    }

    var chosen: PagePanel? { panel.flatMap(PagePanel.init(rawValue:)) }

    /// What is wrong with the options.
    func problem(json: Bool) -> String? {
        guard let panel else {
            let first = csv ? "csv" : items.first?.0
            return first.map { "--\($0) needs --panel" }
        }
        if chosen == nil { return "--panel \"\(printable(panel))\": give \(PagePanel.names)" }
        return csv && json ? "give one of --csv and --json" : nil
    }

    func show(
        _ panel: PagePanel, of summary: SessionSummary, in storage: any Storage, json: Bool,
        table options: TableOptions
    ) throws {
        let query = SessionQuery(panelItems: items)
        let key = DataFolder.SessionKey(user: summary.user, session: summary.session)
        let fold = try query.span?.interval.map {
            try SpanFold(key, $0, in: storage, now: .now)
        }
        let model: SessionModel
        do throws(PanelProblem) {
            model = try query.panels(of: summary, fold: fold)
        } catch {
            throw CommandFailure(printable(error.text))
        }
        guard !json else { return printJSON(model.json(of: panel)) }
        printPanel(model.table(of: panel), csv: csv, table: options)
    }
}

/// - Parameter csv: whether as cells for another program.
func printPanel(_ panel: PanelTable, csv: Bool, table options: TableOptions) {
    if csv {
        printLog(panel.csv)
    } else {
        printText(options.text { PanelText.text(panel) })
    }
}

private enum PanelText {
    static func text(_ panel: PanelTable) -> String {
        var table = TextTable(
            panel.columns.enumerated().map { index, column in
                let isText =
                    if case .text = panel.rows.first?[index] { true } else { false }
                return (column.head.uppercased(), isText ? .left : .right)
            })
        for row in panel.rows {
            table.add(zip(row, panel.columns).map { cell($0, unit: $1.unit) })
        }
        return table.textWithNote
    }

    private static func cell(_ cell: PanelTable.Cell, unit: String?) -> String {
        switch cell {
        case .text(let text): text ?? "-"
        case .count(let count): "\(count)"
        case .number(let number):
            number.map { NumberFormat.plain.cell($0, unit: unit) } ?? "-"
        }
    }
}
