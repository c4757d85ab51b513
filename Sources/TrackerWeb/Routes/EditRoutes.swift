import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import TrackerIndexer
import TrackerLog
import TrackerPages

/// The routes that change a session: each form appends one event, as the commands do.
struct EditRoutes: Sendable {
    let history: any IndexReader
    let analyst: Analyst
    let intake: any EventIntake
    let key: ServerKey?
    /// Whether whoever gets here has given the key already.
    let isPrivate: Bool
    let claims: UserClaims?
    /// Who makes the edits: the account of the server.
    let author: String
    let now: @Sendable () -> Timestamp

    var routes: [Route] {
        [
            Route(pattern: "/edits/{user}/{session}", kind: .edit, reach: .ownOnly) {
                try await edit($0, $0.address)
            },
            Route(pattern: "/edits/by-folder/{user}/{session}", kind: .edit, reach: .ownOnly) {
                try await edit($0, $0.folderAddress)
            },
        ]
    }

    private func edit(
        _ request: RouteRequest, _ address: SessionAddress?
    ) async throws -> Response {
        if let problem = request.request.formProblem {
            return Self.refused(request, .unsupportedMediaType, problem)
        }
        let body: [UInt8]
        do {
            body = try await request.request.collectedBody(upTo: WebLimits.maxFormBytes)
        } catch is NIOTooManyBytesError {
            return Self.refused(
                request, .contentTooLarge,
                "The form is longer than \(WebLimits.maxFormBytes) bytes.")
        } catch {
            return Self.refused(request, .badRequest, "The form is incomplete.")
        }
        let form = EditForm(QueryItems.parse(String(decoding: body, as: UTF8.self)))
        if let refusal = await keyRefusal(request, form, address?.user) { return refusal }
        guard let address,
            let state = try await analyst.editedState(
                DataFolder.SessionKey(user: address.user, session: address.session))
        else { return ErrorReply.notFound(request.request) }
        guard let draft = form.draft(startedAt: state.summary.first) else {
            return Self.refused(
                request, .badRequest, "The form names no edit, or a moment that is not like 4:45.")
        }
        let edit: Edit
        do throws(EditRefusal) {
            edit = try state.edit(draft, by: author, now: now())
        } catch {
            return Self.refused(request, .conflict, "\(error).")
        }
        return await append(edit, to: address, request)
    }

    private func append(
        _ edit: Edit, to address: SessionAddress, _ request: RouteRequest
    ) async -> Response {
        do {
            try await NIOThreadPool.singleton.runIfActive { [intake] in
                try intake.append(
                    user: address.user, session: address.session, events: [.edit(edit)],
                    identity: nil)
            }
        } catch {
            request.logger.error("an edit could not be appended", metadata: ["error": "\(error)"])
            let isOpen = (error as? LogError)?.mayBeRecorded ?? false
            return Self.refused(
                request, isOpen ? .gatewayTimeout : .serviceUnavailable,
                isOpen
                    ? "The edit may be recorded: the disk has not confirmed it. Look at the page"
                        + " before you send it again."
                    : "The edit was not recorded. The server's log has the reason.")
        }
        // The page that follows waits for it.
        history.appended(
            to: DataFolder.SessionKey(user: address.user, session: address.session))
        let path = sessionPath(user: address.user, session: address.session)
        guard Self.isBrowser(request) else {
            return Reply.json(
                .object([.init("status", .string("ok")), .init("id", .optional(edit.id))]))
        }
        // A reload of the page that follows must not send the form again.
        return Response(status: .seeOther, headers: [.location: path + "#edit"])
    }

    private func keyRefusal(
        _ request: RouteRequest, _ form: EditForm, _ user: UserID?
    ) async -> Response? {
        var key = GivenKey(request.request.headers)
        if key == .none { key = GivenKey(form.key.map { [$0] } ?? []) }
        guard !isPrivate else { return nil }
        guard let server = self.key else {
            guard let user, let refusal = await claimRefusal(user, key) else { return nil }
            return Self.refused(request, refusal.status, refusal.message)
        }
        return server.problem(key, from: request.peer).map {
            Self.refused(request, $0.status, $0.message)
        }
    }

    /// A person's edit claims nothing.
    private func claimRefusal(_ user: UserID, _ key: GivenKey) async -> ClaimRefusal? {
        guard let claims else { return nil }
        return await claims.check(user, key, claims: false)
    }

    private static func isBrowser(_ request: RouteRequest) -> Bool {
        (request.request.headers[.accept] ?? "").contains("text/html")
    }

    /// A page for a browser, JSON for a program. Nothing was changed.
    private static func refused(
        _ request: RouteRequest, _ status: HTTPResponse.Status, _ why: String
    ) -> Response {
        guard isBrowser(request) else { return Reply.jsonError(why, status: status) }
        return Reply.html(
            errorPage(
                status: status.code, title: "The edit was not made",
                advice: why + " Go back to correct the form."), status: status)
    }
}

/// The fields of a form.
private struct EditForm {
    private var fields: [String: String] = [:]

    init(_ items: [(String, String)]) {
        for (name, value) in items { fields[name] = value }
    }

    var key: String? { fields["key"] }

    /// - Returns: `nil` where the kind or the moment is none.
    func draft(startedAt start: Timestamp?) -> EditDraft? {
        guard let kind = fields["kind"].flatMap(Edit.Kind.init(rawValue:)) else { return nil }
        var draft = EditDraft(kind)
        // Browsers end lines with both.
        draft.text = (fields["text"] ?? "").replacing("\r\n", with: "\n")
        draft.run = fields["run"].flatMap { $0.isEmpty ? nil : $0 }
        draft.undoes = fields["undoes"]
        if let at = fields["at"], !at.isEmpty {
            guard let start, let seconds = Self.seconds(at) else { return nil }
            draft.from = start.advanced(byMilliseconds: seconds * 1_000)
        }
        return draft
    }

    /// `45`, `4:45`, `1:02:03`.
    private static func seconds(_ text: String) -> Double? {
        let parts = text.parts(separatedBy: ":").map { Int($0) }
        guard (1...3).contains(parts.count) else { return nil }
        var seconds = 0.0
        for part in parts {
            guard let part, (0..<1_000_000).contains(part) else { return nil }
            seconds = seconds * 60 + Double(part)
        }
        return seconds
    }
}
