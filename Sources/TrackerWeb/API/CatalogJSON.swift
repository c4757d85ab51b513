import TrackerIndexer
import TrackerLog
import TrackerPages

extension Catalog {
    /// What `GET /api/sessions` answers.
    var json: JSONValue {
        .object([
            .init("version", .integer(version)),
            .init("freshness", freshness.json),
            .init("sessions", .array(entries.map(\.json))),
        ])
    }
}

extension Freshness {
    var json: JSONValue {
        .object([
            .init("indexed_at", .string(Timestamp.rfc3339(ms: indexedAtMs))),
            .init("indexed_at_ms", .double(indexedAtMs)),
            .init("problem", .optional(problem)),
        ])
    }
}

extension CatalogEntry {
    fileprivate var json: JSONValue {
        .object([
            .init("user", .string(user.value)),
            .init("session", .string(session.value)),
            .init("path", .string(sessionPath(user: user, session: session))),
            .init("name", .optional(name)),
            .init("tags", .array(tags.map(JSONValue.string))),
            .init("archived", .bool(isArchived)),
            .init("running", .bool(isRunning)),
            .init("targets", .array(targets.map(JSONValue.string))),
            .init("runs", .integer(runCount)),
            .init("first", .optional(firstMs.map { Timestamp.rfc3339(ms: $0) })),
            .init("last", .optional(lastMs.map { Timestamp.rfc3339(ms: $0) })),
            .init("events", .integer(eventCount)),
            .init("headline", headline?.json ?? .null),
            .init("bad_regions", .integer(badRegionCount)),
            .init("bad_lines", .integer(badLineCount)),
            .init("missing_frames", .integer(missingFrames)),
        ])
    }
}

extension CatalogEntry.Headline {
    fileprivate var json: JSONValue {
        .object([
            .init("metric", .string(metric)),
            .init("unit", .optional(unit)),
            .init("count", .integer(count)),
            .init("errors", .integer(errors)),
            .init("per_second", .double(perSecond)),
            .init("p50", .double(p50)),
            .init("p99", .double(p99)),
        ])
    }
}
