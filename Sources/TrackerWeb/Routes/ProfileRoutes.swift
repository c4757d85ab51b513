import HTTPTypes
import Hummingbird
import HummingbirdCore
import TrackerIndexer
import TrackerLog
import TrackerPages
import TrackerProfile

/// The pages of profiles that are attached to sessions.
struct ProfileRoutes: Sendable {
    let history: any IndexReader
    let reader: ProfileReader
    let now: @Sendable () -> Timestamp

    var routes: [Route] {
        [
            Route(
                pattern: "/sessions/{user}/{session}/profiles/{hash}", kind: .read,
                reach: .linkable
            ) { try await page($0, $0.address) },
            Route(
                pattern: "/sessions/by-folder/{user}/{session}/profiles/{hash}", kind: .read,
                reach: .linkable
            ) { try await page($0, $0.folderAddress) },
        ]
    }

    /// Only a profile that the session has, and nobody took back, is read for it.
    private func page(
        _ request: RouteRequest, _ address: SessionAddress?
    ) async throws -> Response {
        guard let address, let hash = request.parameters.last.flatMap(ProfileHash.init) else {
            return ErrorReply.notFound(request.request)
        }
        let key = DataFolder.SessionKey(user: address.user, session: address.session)
        await history.catchUp(.session(key))
        guard let session = history.session(user: address.user, session: address.session),
            let shown = ProfileModel.attached(session.summary).first(where: { $0.hash == hash })
        else { return ErrorReply.notFound(request.request) }
        let query = ProfileQuery(queryItems: QueryItems.parse(request.path.query))
        do {
            let content = try await reader.content(of: hash, against: query.with)
            let model = ProfileModel(session.summary, shown, query, content)
            return Reply.html(profilePage(model, catalog: history.catalog(), now: now()))
        } catch let error as StorageError where error.code == ErrorCode.notFound {
            return Self.problem(
                .notFound, "The file of this profile is not in the data folder",
                "\(error.path) is missing: it was not copied with the log. Attach the file again, "
                    + "or copy the folder profiles.")
        } catch let error as ProfileError {
            return Self.problem(.unprocessableContent, "The profile cannot be shown", "\(error)")
        }
    }

    private static func problem(
        _ status: HTTPResponse.Status, _ title: String, _ advice: String
    ) -> Response {
        Reply.html(
            errorPage(status: status.code, title: title, advice: advice), status: status)
    }
}
