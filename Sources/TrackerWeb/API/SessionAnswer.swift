import Hummingbird
import HummingbirdCore
import TrackerIndexer
import TrackerLog

extension IndexReader {
    /// An answer about one session, which is read up to date first.
    /// - Parameters:
    ///   - address: `nil` where the path names none.
    ///   - body: called unless the caller has the answer already.
    func answer(
        to request: RouteRequest, about address: SessionAddress?,
        _ body: (PublishedSession, Catalog) async -> Response
    ) async -> Response {
        guard let address else { return ErrorReply.notFound(request.request) }
        await catchUp(
            .session(DataFolder.SessionKey(user: address.user, session: address.session)))
        let catalog = catalog()
        return await EntityTag(version: catalog.version).answer(to: request) {
            guard let session = session(user: address.user, session: address.session)
            else { return ErrorReply.notFound(request.request) }
            return await body(session, catalog)
        }
    }
}
