import HTTPTypes
import Hummingbird
import HummingbirdCore
import TrackerIndexer
import TrackerLog
import TrackerPages

/// The numbers of each panel of a session's page, as JSON and as CSV.
struct PanelRoutes: Sendable {
    let history: any IndexReader
    let analyst: Analyst

    private enum Form {
        case json, csv
    }

    var routes: [Route] {
        [
            Route(
                pattern: "/api/v1/sessions/{user}/{session}/panels/{panel}", kind: .read,
                reach: .ownOnly, operation: Self.json
            ) { try await answer($0, $0.address, .json) },
            Route(
                pattern: "/api/v1/sessions/by-folder/{user}/{session}/panels/{panel}", kind: .read,
                reach: .ownOnly, operation: Self.json
            ) { try await answer($0, $0.folderAddress, .json) },
            Route(
                pattern: "/api/v1/sessions/{user}/{session}/panels/{panel}/csv", kind: .read,
                reach: .ownOnly, operation: Self.csv
            ) { try await answer($0, $0.address, .csv) },
            Route(
                pattern: "/api/v1/sessions/by-folder/{user}/{session}/panels/{panel}/csv",
                kind: .read, reach: .ownOnly, operation: Self.csv
            ) { try await answer($0, $0.folderAddress, .csv) },
        ]
    }

    private static let json = APIOperation.get(
        "The numbers of one panel of a session's page. The panels are \(PagePanel.names).",
        parameters, answer: "panel", isTagged: true)
    private static let csv = APIOperation(
        summary: "The numbers of a panel as a table of cells.", query: parameters, answer: .text,
        answerType: Reply.csvType, isTagged: true)

    /// What a table or text of a session is of.
    static let inView: [APIOperation.Parameter] = [
        .init(name: "metric", about: "The metric; without it the first of the page."),
        .init(name: "run", about: "A run; without it all runs together."),
        .init(name: "from", about: "The beginning of a span of time; without it all of it."),
        .init(name: "to", about: "The end of a span of time; without it all of it."),
    ]
    private static let parameters =
        inView + [
            .init(name: "at", about: "A moment: the distribution of its column alone.")
        ]

    private func answer(
        _ request: RouteRequest, _ address: SessionAddress?, _ form: Form
    ) async throws -> Response {
        guard address != nil else { return ErrorReply.notFound(request.request) }
        let name = request.parameters[2]
        guard let panel = PagePanel(rawValue: name) else {
            return Reply.jsonError(
                "There is no such panel. There are \(PagePanel.names).", status: .notFound)
        }
        return await history.answer(to: request, about: address) { session, _ in
            let query = SessionQuery(panelItems: QueryItems.parse(request.path.query))
            let fold = await analyst.fold(of: query.span, in: session.summary)
            do throws(PanelProblem) {
                let model = try query.panels(of: session.summary, fold: fold)
                return Self.reply(model, panel, form)
            } catch {
                return Reply.problem(error)
            }
        }
    }

    private static func reply(_ model: SessionModel, _ panel: PagePanel, _ form: Form) -> Response {
        switch form {
        case .json: Reply.json(model.json(of: panel))
        case .csv: Reply.csv(model.table(of: panel), named: panel.rawValue)
        }
    }
}
