package import TrackerAnalysis
package import TrackerIndexer
package import TrackerLog

/// The page of a session as a file.
package func sessionFile(
    _ summary: SessionSummary, query: SessionQuery,
    verdict: Result<SessionVerdict, MissingVerdict>?, file: PageFile, now: Timestamp
) -> [UInt8] {
    var query = query
    query.isFile = true
    let model = SessionModel(summary, query: query)
    let session = PublishedSession(
        version: 0, summary: summary, freshness: Freshness(indexedAt: now))
    var out = HTMLWriter(capacity: 256 << 10)
    out.filePage(model.title, file, now: now) { out in
        out.sessionContent(session, model, verdict, query, nil, now)
    }
    return withoutServerParts(out.bytes)
}

/// The page of a comparison as a file.
/// - Parameter summaries: of the sessions that are compared, for their names.
package func compareFile(
    _ model: CompareModel, summaries: [SessionSummary], file: PageFile, now: Timestamp
) -> [UInt8] {
    var out = HTMLWriter(capacity: 256 << 10)
    let sentence = VerdictSentence(model.main)
    let catalog = Catalog(
        version: 0, entries: summaries.map { CatalogEntry($0) },
        freshness: Freshness(indexedAt: now))
    out.filePage(sentence.finding, file, now: now) { out in
        out.compareContent(model, sentence, catalog, isFile: true)
    }
    return withoutServerParts(out.bytes)
}
