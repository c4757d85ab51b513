import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import TrackerPages

/// The page that asks for the key, and what it sends: with `--private` alone.
struct LoginRoutes: Sendable {
    let door: ReaderDoor

    static let path = "/login"

    var routes: [Route] {
        [
            Route(
                pattern: "/login", kind: .read, reach: .linkable, isOpen: true, handle: page),
            Route(
                pattern: "/login", kind: .login, reach: .ownOnly, isOpen: true, handle: enter),
        ]
    }

    private func page(_ request: RouteRequest) async throws -> Response {
        Reply.html(loginPage(path: LoginRoutes.path, goal: "/", problem: nil))
    }

    private func enter(_ request: RouteRequest) async throws -> Response {
        if let problem = request.request.formProblem {
            return Reply.text(problem, status: .unsupportedMediaType).closing()
        }
        let body: [UInt8]
        do {
            body = try await request.request.collectedBody(upTo: WebLimits.maxLoginBytes)
        } catch is NIOTooManyBytesError {
            return Reply.text(
                "The form is longer than \(WebLimits.maxLoginBytes) bytes.",
                status: .contentTooLarge
            ).closing()
        } catch {
            return Reply.text("The form is incomplete.", status: .badRequest).closing()
        }
        let items = QueryItems.parse(String(decoding: body, as: UTF8.self))
        let goal = Self.goal(items.first { $0.0 == "to" }?.1)
        let given = GivenKey(items.filter { $0.0 == "key" }.map(\.1))
        if let problem = door.key.problem(given, from: request.peer) {
            return Reply.html(
                loginPage(path: Self.path, goal: goal, problem: problem.message),
                status: problem.status)
        }
        return Response(
            status: .seeOther,
            headers: [.location: goal, .setCookie: door.cookie(for: request.request)])
    }

    /// Where a reader goes from here: a path of this server, or the list.
    private static func goal(_ text: String?) -> String {
        guard let text, text.utf8.count <= WebLimits.maxRequestLineBytes,
            text.hasPrefix("/"), !text.hasPrefix("//"),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }),
            RequestPath(target: text) != nil
        else { return "/" }
        return text
    }

    /// The answer to a request of a reader who may not in: the page that asks for the key for a
    /// browser, which comes back to where it wanted to go, and an error for a program.
    static func refusal(of request: Request, _ problem: KeyProblem) -> Response {
        let isPage = request.method == .get && !(request.head.path ?? "").hasPrefix("/api/")
        guard isPage, (request.headers[.accept] ?? "").contains("text/html") else {
            return Reply.jsonError(problem.message, status: problem.status).closing()
        }
        return Reply.html(
            loginPage(
                path: path, goal: goal(request.head.path),
                problem: problem == .missing ? nil : problem.message),
            status: problem.status)
    }
}
