import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// Finds the route of a request and applies the guards of its kind.
struct Dispatcher: HTTPResponder {
    typealias Context = ConnectionContext

    let routes: [Route]
    /// `nil`: everybody may read.
    let door: ReaderDoor?
    let readers = ReaderThreads()
    /// Bytes of long answers that are not sent yet, of all connections together.
    let answers: BodyBudget

    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        let response = bounded(
            await answer(to: request, context: context), request, on: context.eventLoop)
        return request.method == .head ? response.withoutBody() : response
    }

    /// What is sent of an answer: all of it, or why not.
    private func bounded(
        _ response: Response, _ request: Request, on eventLoop: any EventLoop
    ) -> Response {
        guard (response.body.contentLength ?? 0) <= WebLimits.maxAnswerBytes else {
            return ErrorReply.answerTooLong(request)
        }
        return response.held(in: answers, on: eventLoop) ?? ErrorReply.answersFull(request)
    }

    private func answer(to request: Request, context: ConnectionContext) async -> Response {
        let path = RequestPath(target: request.head.path ?? "")
        let found = routes.compactMap { route in
            path.flatMap { route.match($0.segments) }.map { (route: route, parameters: $0) }
        }
        // Before anything else: also what does not exist is nobody else's business.
        let problem = door?.problem(request, from: context.peer)
        if let problem, !found.contains(where: \.route.isOpen) {
            return LoginRoutes.refusal(of: request, problem)
        }
        guard let path, !found.isEmpty else { return ErrorReply.notFound(request) }
        guard
            let (route, parameters) = found.first(where: {
                $0.route.methods.contains(request.method)
            })
        else { return ErrorReply.method(request, allow: found.map(\.route.allow)) }
        if let refusal = guardRefusal(route, request) { return refusal }
        if let known = route.knownParameters,
            let problem = QueryRule.problem(path.query, known: known)
        {
            return Reply.jsonError(problem, status: .badRequest)
        }
        let routed = RouteRequest(
            request: request, path: path, parameters: parameters, isReader: problem == nil,
            peer: context.peer, logger: context.logger)
        do {
            guard route.kind == .read, !route.isOpen else { return try await route.handle(routed) }
            return try await readers.answer(to: routed, by: route) ?? ErrorReply.busy(request)
        } catch is QuestionTooLong {
            return ErrorReply.tooMuchWork(request)
        } catch {
            context.logger.error(
                "a request failed", metadata: ["route": "\(route.pattern)", "error": "\(error)"])
            return ErrorReply.failed(request)
        }
    }

    /// Applies the guards of the route's kind before its handler runs.
    private func guardRefusal(_ route: Route, _ request: Request) -> Response? {
        switch (route.kind, route.reach) {
        case (.read, .linkable):
            // A link may come from anywhere. A picture or script of another site's page that asks
            // for this could not be shown, and would only make the server work.
            guard CrossOrigin.isAllowed(request.head) || CrossOrigin.isNavigation(request.head)
            else { return ErrorReply.crossOrigin(request) }
        case (.intake, _), (.edit, _), (.login, _), (.read, .ownOnly):
            guard CrossOrigin.isAllowed(request.head) else {
                return ErrorReply.crossOrigin(request)
            }
        }
        if route.kind == .read, hasBody(request) { return ErrorReply.unwantedBody(request) }
        return nil
    }

    private func hasBody(_ request: Request) -> Bool {
        request.headers[.transferEncoding] != nil || (request.headers[.contentLength] ?? "0") != "0"
    }
}

/// What the answer to a request may depend on beside the request.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let peer: PeerAddress
    let eventLoop: any EventLoop

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = PeerAddress(source.channel)
        eventLoop = source.channel.eventLoop
    }
}
