import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import TrackerIndexer
import TrackerLog
import TrackerPages
import TrackerTelemetry

/// All routes that change nothing: pages, assets, and JSON for programs.
struct ReadRoutes: Sendable {
    let history: any IndexReader
    let analyst: Analyst
    let live: LiveStream
    let pages: KnownPages
    let streams: StreamSlots
    let forms: EditForms
    let claims: UserClaims?
    /// As a person named it, for commands to copy.
    let dataFolder: String?
    /// What is in the trash; `nil` where nobody looks.
    let trash: (@Sendable () -> TrashContent?)?
    /// The program's version, for `/health`.
    let version: String
    let reports: TrackIntake
    let statsd: (@Sendable () -> StatsDCounts)?
    let now: @Sendable () -> Timestamp

    var routes: [Route] {
        [
            Route(pattern: "/", kind: .read, reach: .linkable, handle: list),
            Route(pattern: "/storage", kind: .read, reach: .linkable, handle: storage),
            Route(pattern: "/users", kind: .read, reach: .linkable, handle: users),
            Route(
                pattern: "/sessions/{user}/{session}", kind: .read, reach: .linkable
            ) { try await page($0, $0.address) },
            Route(
                pattern: "/sessions/by-folder/{user}/{session}", kind: .read, reach: .linkable
            ) { try await page($0, $0.folderAddress) },
            Route(
                pattern: "/sessions/{user}/{session}/runs/{run}", kind: .read, reach: .linkable
            ) { try await page($0, $0.address, run: $0.parameters.last) },
            Route(
                pattern: "/sessions/by-folder/{user}/{session}/runs/{run}", kind: .read,
                reach: .linkable
            ) { try await page($0, $0.folderAddress, run: $0.parameters.last) },
            Route(
                pattern: "/assets/{hash}/{name}", kind: .read, reach: .linkable, isOpen: true,
                handle: asset),
            Route(
                pattern: "/favicon.ico", kind: .read, reach: .linkable, isOpen: true,
                handle: favicon),
            Route(
                pattern: "/health", kind: .read, reach: .linkable, isOpen: true,
                operation: .get("Whether the server takes reports.", answer: "http_health"),
                handle: health),
            Route(
                pattern: "/api/sessions", kind: .read, reach: .ownOnly,
                operation: .get(
                    "The sessions, newest first.",
                    [Self.filter, APIOperation.sort, Self.user],
                    answer: "http_sessions", isTagged: true),
                handle: catalog),
            Route(
                pattern: "/api/v1/users", kind: .read, reach: .ownOnly,
                operation: .get(
                    "The users, the one who measured last first.", answer: "http_users",
                    isTagged: true),
                handle: usersJSON),
            Route(
                pattern: "/api/v1/storage", kind: .read, reach: .ownOnly,
                operation: .get(
                    "What is recorded, how far it is read, and which sessions have damage.",
                    answer: "http_storage", isTagged: true),
                handle: storageJSON),
            Route(
                pattern: "/api/sessions/{user}/{session}", kind: .read, reach: .ownOnly,
                operation: Self.sessionOperation("A session, by its ids.")
            ) { try await summary($0, $0.address) },
            Route(
                pattern: "/api/sessions/by-folder/{user}/{session}", kind: .read, reach: .ownOnly,
                operation: Self.sessionOperation(
                    "A session, by the names of its folders: for ids that no path can hold.")
            ) { try await summary($0, $0.folderAddress) },
            Route(
                pattern: "/api/live", kind: .read, reach: .ownOnly,
                operation: APIOperation(
                    summary: "Server-sent events: the version of the index as it changes.",
                    answer: .text, answerType: "text/event-stream"),
                handle: follow),
        ]
    }

    private static let filter = APIOperation.Parameter(
        name: "q",
        about: "The filter, as on the page and in `tracker sessions`: words, tag:, target:, user:,"
            + " commit:, test:, name:, since:, until:, is:failed, p99>20ms, worse, -is:failed."
            + " Without it all sessions, also archived ones.")

    private static let user = APIOperation.Parameter(
        name: "user", about: "The id of a user, exactly: only sessions of theirs.")

    private static func sessionOperation(_ summary: String) -> APIOperation {
        .get(summary, answer: "show", isTagged: true)
    }

    /// The session with everything that was acknowledged before, as far as that is folded in time.
    private func session(_ address: SessionAddress) async -> PublishedSession? {
        let key = DataFolder.SessionKey(user: address.user, session: address.session)
        await history.catchUp(.session(key))
        return history.session(user: address.user, session: address.session)
    }

    private func list(_ request: RouteRequest) async throws -> Response {
        await history.catchUp(.list)
        let now = now()
        let query = SessionListQuery(
            queryItems: QueryItems.parse(request.path.query), now: now)
        let authority = request.request.head.authority ?? "localhost:\(WebLimits.defaultPort)"
        let start = FirstStart(
            address: "http://" + authority, needsKey: forms.needsKey, dataFolder: dataFolder)
        let catalog = history.catalog()
        return pages.answer(
            sessionListPage(catalog, query: query, start: start, now: now),
            version: catalog.version, to: request.request)
    }

    private func storage(_ request: RouteRequest) async throws -> Response {
        let catalog = history.catalog()
        return pages.answer(
            storagePage(
                catalog, dataFolder: dataFolder, digest: history.digest(), trash: trash?(),
                now: now()), version: catalog.version, to: request.request)
    }

    private func users(_ request: RouteRequest) async throws -> Response {
        let catalog = history.catalog()
        return pages.answer(
            usersPage(catalog, now: now()), version: catalog.version, to: request.request)
    }

    private func usersJSON(_ request: RouteRequest) async throws -> Response {
        await history.catchUp(.list)
        let catalog = history.catalog()
        return await EntityTag(version: catalog.version).answer(to: request) {
            Reply.json(catalog.usersJSON)
        }
    }

    private func storageJSON(_ request: RouteRequest) async throws -> Response {
        await history.catchUp(.list)
        let catalog = history.catalog()
        let (digest, trash) = (history.digest(), trash?())
        let tag = EntityTag(version: catalog.version, beside: [digest.hashValue, trash.hashValue])
        return await tag.answer(to: request) {
            Reply.json(
                catalog.storageJSON(dataFolder: dataFolder, digest: digest, trash: trash))
        }
    }

    /// - Parameter run: whose own page is asked for.
    private func page(
        _ request: RouteRequest, _ address: SessionAddress?, run: String? = nil
    ) async throws -> Response {
        guard let address, let session = await session(address) else {
            return ErrorReply.notFound(request.request)
        }
        var query = SessionQuery(queryItems: QueryItems.parse(request.path.query))
        if let run { query.run = run }
        query.dataFolder = dataFolder
        let catalog = history.catalog()
        if let missing = MissingPart(of: query, in: session.summary) {
            let bytes = missingPage(missing, of: session.summary, catalog: catalog, now: now())
            return Reply.html(bytes, status: .notFound)
        }
        var forms = forms
        if let claims, claims.isClaimed(address.user) { forms.needsKey = true }
        // A verdict is on whole runs.
        let verdict =
            query.span == nil
            ? await analyst.verdict(on: session.summary, query: query, catalog: catalog) : nil
        let fold = await analyst.fold(of: query.span, in: session.summary)
        if run != nil {
            return pages.answer(
                runPage(
                    session, catalog: catalog, query: query, fold: fold, verdict: verdict,
                    now: now()),
                version: catalog.version, to: request.request)
        }
        return pages.answer(
            sessionPage(
                session, catalog: catalog, query: query, fold: fold, verdict: verdict,
                forms: forms, now: now()), version: catalog.version, to: request.request)
    }

    private func asset(_ request: RouteRequest) async throws -> Response {
        guard let asset = Assets.all.first(where: { [$0.hash, $0.name] == request.parameters }),
            let type = Self.contentType(of: asset.name)
        else { return ErrorReply.notFound(request.request) }
        return Response(
            status: .ok, headers: [.contentType: type, .cacheControl: SecurityHeaders.immutable],
            body: ResponseBody(byteBuffer: ByteBuffer(staticString: asset.text)))
    }

    private static func contentType(of name: String) -> String? {
        switch name.split(separator: ".").last {
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: nil
        }
    }

    /// Pages link their icon; browsers that request this path anyway get no error.
    private func favicon(_ request: RouteRequest) async throws -> Response {
        Response(status: .noContent)
    }

    private func health(_ request: RouteRequest) async throws -> Response {
        let status = JSONValue.Member(
            "status", .string(reports.isRefusing ? "refusing reports" : "ok"))
        guard request.isReader else { return Reply.json(.object([status])) }
        let catalog = history.catalog()
        let members: [JSONValue.Member] = [
            status,
            .init("version", .string(version)),
            .init("sessions", .integer(catalog.entries.count)),
            .init("index_version", .integer(catalog.version)),
            .init("freshness", catalog.freshness.json),
        ]
        let statsd = statsd.map { [JSONValue.Member("statsd", $0().json)] } ?? []
        return Reply.json(.object(members + statsd))
    }

    private func catalog(_ request: RouteRequest) async throws -> Response {
        await history.catchUp(.list)
        let (catalog, now) = (history.catalog(), now())
        let items = QueryItems.parse(request.path.query)
        let query = SessionListQuery(queryItems: items, now: now)
        return await EntityTag(version: catalog.version, now: now).answer(to: request) {
            var found = catalog
            if items.contains(where: { $0.0 == "q" }) {
                found.entries = query.select(catalog.entries)
            } else if query.order != .newest || query.user != nil {
                // Without a filter all sessions are returned, archived ones included.
                found.entries = query.all(catalog.entries)
            }
            return found.reply(doubts: query.doubts)
        }
    }

    private func summary(
        _ request: RouteRequest, _ address: SessionAddress?
    ) async throws -> Response {
        await history.answer(to: request, about: address) { session, _ in
            Reply.json(session.json)
        }
    }

    private func follow(_ request: RouteRequest) async throws -> Response {
        if request.request.method == .head {
            return Response(status: .ok, headers: [.contentType: LiveStream.contentType])
        }
        guard let slot = streams.take() else { return ErrorReply.streamsFull(request.request) }
        return live.response(to: request.request, slot: slot)
    }
}
