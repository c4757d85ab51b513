package import TrackerIndexer
import TrackerLog

/// Why a table cannot be had as it is asked for.
package struct PanelProblem: Error {
    package var text: String
    /// Whether it names what the session does not have.
    package var isMissing: Bool

    fileprivate static func missing(_ text: String) -> PanelProblem {
        PanelProblem(text: text, isMissing: true)
    }

    fileprivate static func unclear(_ text: String) -> PanelProblem {
        PanelProblem(text: text, isMissing: false)
    }
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
    package func panels(of summary: SessionSummary) throws(PanelProblem) -> SessionModel {
        if let missing = MissingPart(of: self, in: summary) {
            throw .missing("This session has no \(missing.kind.word) \"\(missing.shownName)\".")
        }
        if hasUnreadableMoment || span?.unreadable != nil {
            throw .unclear("from, to and at are times such as 2026-11-17T14:02:11Z.")
        }
        if let span, !span.isUsable {
            throw .unclear("The span of time ends before it begins.")
        }
        let model = SessionModel(summary, query: self)
        if let metric, let shown = model.metric, !shown.id.isExactly(metric) {
            throw .missing("Only a reported number has this name: the panel reported has it.")
        }
        if pin != nil, model.pinned == nil {
            throw .missing("No column with samples is at this moment.")
        }
        return model
    }
}
