import HummingbirdCore
import TrackerIndexer
import TrackerLog
import TrackerPages

extension Catalog {
    /// The response of `GET /api/sessions`.
    /// - Parameter doubts: what of the filter does not do what it seems to.
    func reply(doubts: [String]) -> Response {
        Reply.json(
            [
                .init("version", .integer(version)), .init("freshness", freshness.json),
                .init("doubts", .array(doubts.map(JSONValue.string))),
            ], listing: "sessions", entries, \.linkedJSON)
    }
}

extension Catalog {
    /// The response of `GET /api/v1/targets`.
    var targetsJSON: JSONValue {
        let rows = TargetRow.all(in: self).map { row in
            JSONValue.object([
                .init("target", .string(row.target)), .init("sessions", .integer(row.sessions)),
                .init("runs", .integer(row.runs)), .init("newest", row.newest.linkedJSON),
                .init("path", .string(row.path)),
            ])
        }
        return .object([
            .init("version", .integer(version)), .init("freshness", freshness.json),
            .init("targets", .array(rows)),
        ])
    }

    /// The response of `GET /api/v1/users`.
    var usersJSON: JSONValue {
        let rows = CatalogUser.all(in: entries).map { user in
            JSONValue.object(
                (user.json.objectValue ?? []) + [.init("path", .string(user.path))])
        }
        return .object([
            .init("version", .integer(version)), .init("freshness", freshness.json),
            .init("users", .array(rows)),
        ])
    }

    /// The response of `GET /api/v1/storage`.
    func storageJSON(dataFolder: String?, digest: String?, trash: TrashContent?) -> JSONValue {
        let model = StorageModel(self)
        return .object([
            .init("version", .integer(version)), .init("freshness", freshness.json),
            .init("data_folder", .optional(dataFolder)),
            .init("sessions", .integer(model.sessions)),
            .init("archived", .integer(model.archived)), .init("events", .integer(model.events)),
            .init("bytes", .integer(model.bytes)),
            .init("unread_bytes", .integer(model.unreadBytes)),
            .init("digest", .optional(digest)),
            .init("trash", trash?.json ?? .null),
            .init("damaged", .array(model.damaged.map(\.linkedJSON))),
        ])
    }
}

extension TrashContent {
    fileprivate var json: JSONValue {
        .object([
            .init("sessions", .integer(sessions)), .init("files", .integer(files)),
            .init("bytes", .integer(bytes)),
        ])
    }
}

extension Freshness {
    var json: JSONValue {
        .object([
            .init("indexed_at", .string(indexedAt.description)),
            .init("indexed_at_ms", .time(indexedAt)),
            .init(
                "backlog",
                .object([
                    .init("sessions", .integer(backlog.sessions)),
                    .init("bytes", .integer(backlog.bytes)),
                ])),
            .init("problem", .optional(problem)),
        ])
    }
}

extension PublishedSession {
    /// The response of `GET /api/sessions/USER/SESSION`: the summary, and how far it goes.
    var json: JSONValue {
        var freshness = freshness.json.objectValue ?? []
        freshness.append(.init("folded_bytes", .integer(foldedBytes)))
        freshness.append(.init("unread_bytes", .integer(unreadBytes)))
        freshness.append(.init("unread_reports", .integer(unreadReports)))
        return .object(
            (summary.json.objectValue ?? []) + [.init("freshness", .object(freshness))])
    }
}

extension CatalogEntry {
    /// The row as in `tracker sessions --json`, with the path of its page.
    fileprivate var linkedJSON: JSONValue {
        let path = JSONValue.Member(
            "path", .string(sessionPath(user: self.user, session: self.session)))
        return .object((json.objectValue ?? []) + [path])
    }
}
