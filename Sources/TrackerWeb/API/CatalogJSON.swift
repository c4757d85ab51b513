import TrackerIndexer
import TrackerLog
import TrackerPages

extension Catalog {
    /// The response of `GET /api/sessions`.
    var json: JSONValue {
        .object([
            .init("version", .integer(version)),
            .init("freshness", freshness.json),
            .init("sessions", .array(entries.map(\.linkedJSON))),
        ])
    }
}

extension Freshness {
    var json: JSONValue {
        .object([
            .init("indexed_at", .string(indexedAt.description)),
            .init("indexed_at_ms", .time(indexedAt)),
            .init("problem", .optional(problem)),
        ])
    }
}

extension CatalogEntry {
    /// The row as in `tracker sessions --json`, with the path of its page.
    fileprivate var linkedJSON: JSONValue {
        let path = JSONValue.Member("path", .string(sessionPath(user: user, session: session)))
        return .object((json.objectValue ?? []) + [path])
    }
}
