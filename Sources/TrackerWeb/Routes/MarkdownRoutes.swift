import Hummingbird
import HummingbirdCore
import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerPages

/// A session as Markdown, as `tracker report --markdown` writes it.
struct MarkdownRoutes: Sendable {
    let history: any IndexReader
    let analyst: Analyst

    var routes: [Route] {
        [
            Route(
                pattern: "/api/v1/sessions/{user}/{session}/report/markdown", kind: .read,
                reach: .ownOnly, operation: Self.operation
            ) { try await answer($0, $0.address) },
            Route(
                pattern: "/api/v1/sessions/by-folder/{user}/{session}/report/markdown", kind: .read,
                reach: .ownOnly, operation: Self.operation
            ) { try await answer($0, $0.folderAddress) },
        ]
    }

    private static let operation = APIOperation(
        summary: "A session as Markdown, for a pull request.",
        query: PanelRoutes.inView, answer: .text, answerType: Reply.plainType, isTagged: true)

    private func answer(
        _ request: RouteRequest, _ address: SessionAddress?
    ) async throws -> Response {
        await history.answer(to: request, about: address) { session, catalog in
            let query = SessionQuery(panelItems: QueryItems.parse(request.path.query))
            let fold = await analyst.fold(of: query.span, in: session.summary)
            do throws(PanelProblem) {
                let model = try query.panels(of: session.summary, fold: fold)
                // A verdict is on whole runs.
                let verdict =
                    query.span == nil
                    ? await analyst.verdict(on: session.summary, query: query, catalog: catalog)
                    : nil
                return Reply.text(ReportMarkdown.text(model, verdict))
            } catch {
                return Reply.problem(error)
            }
        }
    }
}
