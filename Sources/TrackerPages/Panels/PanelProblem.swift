package import TrackerIndexer
import TrackerLog

/// Why a table cannot be had as it is asked for.
package struct PanelProblem: Error {
    package var text: String
}

extension SessionQuery {
    /// The same as for a page, but that a moment alone says which column's distribution is meant.
    package init(panelItems: [(String, String)]) {
        self.init(queryItems: panelItems)
        if pin != nil { view = .heat }
        hasUnreadableMoment = panelItems.contains { $0.0 == "at" } && pin == nil
    }

    /// What the panels are of. A page says what of its address it could not follow; a table has no
    /// place for that.
    /// - Parameter fold: see `SessionModel.init`.
    package func panels(
        of summary: SessionSummary, fold: SpanFold? = nil
    ) throws(PanelProblem) -> SessionModel {
        if let missing = MissingPart(of: self, in: summary) {
            throw PanelProblem(
                text: "This session has no \(missing.kind.word) \"\(missing.shownName)\".")
        }
        if hasUnreadableMoment || span?.unreadable != nil {
            throw PanelProblem(
                text: "from, to and at are times such as 2026-11-17T14:02:11Z.")
        }
        if let span, !span.isUsable {
            throw PanelProblem(
                text: "The span of time ends before it begins.")
        }
        let model = SessionModel(summary, query: self, fold: fold)
        if let metric, let shown = model.metric, !shown.id.isExactly(metric) {
            throw PanelProblem(
                text: "Only a reported number has this name: the panel reported has it.")
        }
        if pin != nil, model.pinned == nil {
            throw PanelProblem(
                text: "No column with samples is at this moment.")
        }
        return model
    }
}
