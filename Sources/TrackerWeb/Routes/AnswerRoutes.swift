import HTTPTypes
import Hummingbird
import HummingbirdCore
import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerPages

/// The routes that compare and follow: pages, and the same numbers as JSON.
struct AnswerRoutes: Sendable {
    let history: any IndexReader
    let analyst: Analyst
    let pages: KnownPages
    /// As a person named it, for commands to copy.
    let dataFolder: String?
    let now: @Sendable () -> Timestamp

    var routes: [Route] {
        [
            Route(pattern: "/compare", kind: .read, reach: .linkable, handle: page),
            Route(
                pattern: "/api/v1/compare", kind: .read, reach: .ownOnly,
                operation: .get(
                    "Two groups of runs, compared; with panel, one table of it.",
                    [Self.a, Self.b, Self.metric, Self.groupTarget, Self.wholeOrPanel],
                    answer: "compare",
                    isTagged: true),
                handle: json),
            Route(
                pattern: "/api/v1/compare/csv", kind: .read, reach: .ownOnly,
                operation: APIOperation(
                    summary: "A table of a comparison as cells.",
                    query: [Self.a, Self.b, Self.metric, Self.groupTarget, Self.panel],
                    answer: .text, answerType: Reply.csvType, isTagged: true),
                handle: csv),
            Route(
                pattern: "/api/v1/compare/markdown", kind: .read, reach: .ownOnly,
                operation: APIOperation(
                    summary: "A comparison as Markdown, for a pull request.",
                    query: [Self.a, Self.b, Self.metric, Self.groupTarget], answer: .text,
                    answerType: Reply.plainType, isTagged: true),
                handle: markdown),
            Route(pattern: "/targets", kind: .read, reach: .linkable, handle: targets),
            Route(
                pattern: "/api/v1/targets", kind: .read, reach: .ownOnly,
                operation: .get(
                    "The targets, the one measured last first.", answer: "http_targets",
                    isTagged: true),
                handle: targetsJSON),
            Route(pattern: "/trends", kind: .read, reach: .linkable, handle: trend),
            Route(
                pattern: "/api/v1/trend", kind: .read, reach: .ownOnly,
                operation: .get(
                    "The numbers of a target over its runs.", [Self.target, Self.metric],
                    answer: "trend", isTagged: true),
                handle: trendJSON),
            Route(
                pattern: "/api/v1/trend/csv", kind: .read, reach: .ownOnly,
                operation: APIOperation(
                    summary: "The runs of a target, or the changes, as a table of cells.",
                    query: [Self.target, Self.metric, Self.trendPanel], answer: .text,
                    answerType: Reply.csvType, isTagged: true),
                handle: trendCSV),
        ]
    }

    private static let a = APIOperation.Parameter(
        name: "a",
        about: "The first group: USER/SESSION, USER/SESSION#RUN, baseline or commit:HASH; several"
            + " with commas.", isRequired: true)
    private static let b = APIOperation.Parameter(
        name: "b", about: "The second group.", isRequired: true)
    private static let metric = APIOperation.Parameter(
        name: "metric", about: "The metric; without it the main one.")
    private static let groupTarget = APIOperation.Parameter(
        name: "target", about: "Of baseline and commit:; without it that of the other group.")
    private static let panel = APIOperation.Parameter(
        name: "panel", about: "The table: \(ComparePanel.names); without it the first.")
    private static let wholeOrPanel = APIOperation.Parameter(
        name: "panel", about: "One table: \(ComparePanel.names); without it all but curves.")
    private static let trendPanel = APIOperation.Parameter(
        name: "panel", about: "The table: \(TrendPanel.names); without it the first.")
    private static let target = APIOperation.Parameter(
        name: "target", about: "The target, as it was recorded.", isRequired: true)

    /// What was compared or followed is on the disk: at least what the index has published.
    private var tag: EntityTag { EntityTag(version: history.catalog().version) }

    private func page(_ request: RouteRequest) async throws -> Response {
        var asked = CompareQuery(queryItems: QueryItems.parse(request.path.query))
        asked.dataFolder = dataFolder
        let query = asked.picked(from: history.catalog().entries).resolved
        guard query.a != nil, !query.b.isEmpty else {
            let problem = asked.picked.isEmpty ? nil : "Tick two sessions of the list, or more."
            return picker(query, problem, .ok)
        }
        do {
            let model = try await analyst.compare(query, isEach: true)
            return Reply.html(comparePage(model, catalog: history.catalog(), now: now()))
        } catch {
            guard let (status, problem) = CompareProblem.of(error) else { throw error }
            return picker(query, problem, status)
        }
    }

    private func picker(
        _ query: CompareQuery, _ problem: String?, _ status: HTTPResponse.Status
    ) -> Response {
        Reply.html(
            comparePickerPage(query, problem: problem, catalog: history.catalog(), now: now()),
            status: status)
    }

    private func json(_ request: RouteRequest) async throws -> Response {
        let items = QueryItems.parse(request.path.query)
        let query = CompareQuery(queryItems: items)
        guard let name = Self.panel(items) else {
            return try await tagged(request) { Reply.json(try await analyst.compare(query).json) }
        }
        guard let panel = ComparePanel(rawValue: name) else {
            return Self.noPanel(ComparePanel.names)
        }
        return try await tagged(request) {
            Reply.json(try await analyst.compare(query).json(of: panel))
        }
    }

    private static func panel(_ items: [(String, String)]) -> String? {
        items.last { $0.0 == "panel" }?.1
    }

    private static func noPanel(_ names: String) -> Response {
        Reply.jsonError("There is no such panel. There are \(names).", status: .notFound)
    }

    private func csv(_ request: RouteRequest) async throws -> Response {
        let items = QueryItems.parse(request.path.query)
        let name = Self.panel(items) ?? ComparePanel.forest.rawValue
        guard let panel = ComparePanel(rawValue: name) else {
            return Self.noPanel(ComparePanel.names)
        }
        let query = CompareQuery(queryItems: items)
        return try await tagged(request) {
            Reply.csv(try await analyst.compare(query).table(of: panel), named: name)
        }
    }

    private func markdown(_ request: RouteRequest) async throws -> Response {
        let query = CompareQuery(queryItems: QueryItems.parse(request.path.query))
        return try await tagged(request) {
            Reply.text(ReportMarkdown.text(try await analyst.compare(query).answer))
        }
    }

    /// An answer with a tag, or why there is none.
    private func tagged(
        _ request: RouteRequest, _ body: () async throws -> Response
    ) async throws -> Response {
        do {
            return try await tag.answer(to: request, body)
        } catch {
            guard let (status, problem) = CompareProblem.of(error) else { throw error }
            return Reply.jsonError(problem, status: status)
        }
    }

    private func targets(_ request: RouteRequest) async throws -> Response {
        let catalog = history.catalog()
        return pages.answer(
            targetsPage(catalog, problem: nil, now: now()), version: catalog.version,
            to: request.request)
    }

    private func targetsJSON(_ request: RouteRequest) async throws -> Response {
        await history.catchUp(.list)
        let catalog = history.catalog()
        return await EntityTag(version: catalog.version).answer(to: request) {
            Reply.json(catalog.targetsJSON)
        }
    }

    private func trend(_ request: RouteRequest) async throws -> Response {
        var query = TrendQuery(queryItems: QueryItems.parse(request.path.query))
        query.dataFolder = dataFolder
        do {
            let trend = try await analyst.trend(query)
            return Reply.html(
                trendPage(trend, query: query, catalog: history.catalog(), now: now()))
        } catch {
            guard let (status, problem) = CompareProblem.of(error) else { throw error }
            return Reply.html(
                targetsPage(history.catalog(), problem: problem, now: now()), status: status)
        }
    }

    private func trendJSON(_ request: RouteRequest) async throws -> Response {
        let query = TrendQuery(queryItems: QueryItems.parse(request.path.query))
        return try await tagged(request) {
            // The commands of `git bisect` need a folder of the reader's.
            Reply.json(try await analyst.trend(query).json { _ in [] })
        }
    }

    private func trendCSV(_ request: RouteRequest) async throws -> Response {
        let items = QueryItems.parse(request.path.query)
        let name = Self.panel(items) ?? TrendPanel.runs.rawValue
        guard let panel = TrendPanel(rawValue: name) else { return Self.noPanel(TrendPanel.names) }
        return try await tagged(request) {
            let trend = try await analyst.trend(TrendQuery(queryItems: items))
            return Reply.csv(trend.table(of: panel), named: name)
        }
    }
}
