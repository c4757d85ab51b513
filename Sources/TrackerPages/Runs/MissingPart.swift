package import TrackerIndexer
package import TrackerLog

/// What an address names and its session does not have.
package struct MissingPart: Sendable, Hashable {
    package enum Kind: Sendable {
        case run, metric

        var word: String { self == .run ? "run" : "metric" }
    }

    package var kind: Kind
    package var name: String

    /// The name, not too long.
    var shownName: String {
        let start = name.prefix(ViewLimits.shownNameCharacters)
        return start.count < name.count ? start + "…" : name
    }

    init(kind: Kind, name: String) {
        self.kind = kind
        self.name = name
    }

    /// - Returns: `nil` where the session has all that the query names.
    package init?(of query: SessionQuery, in summary: SessionSummary) {
        if let run = query.run, !summary.runs.contains(where: { $0.run.isExactly(run) }) {
            self.init(kind: .run, name: run)
        } else if let metric = query.metric, MetricChoice.name(metric, in: summary) == nil,
            !summary.runs.contains(where: { $0.reportedNumber(metric) != nil })
        {
            self.init(kind: .metric, name: metric)
        } else {
            return nil
        }
    }
}

/// Says that the session has no such run or metric, and which it has.
package func missingPage(
    _ part: MissingPart, of summary: SessionSummary, catalog: Catalog, now: Timestamp
) -> [UInt8] {
    let title = summary.name ?? summary.session.value
    let path = sessionPath(user: summary.user, session: summary.session)
    let what = part.kind.word
    var out = HTMLWriter(capacity: 16 << 10)
    let frame = PageFrame(
        title: "No such \(what), \(title)", catalog: catalog,
        current: .session(summary.user, summary.session), isLive: false, now: now)
    out.page(frame) { out in
        out.crumb([
            ("Sessions", sessionListPath), (summary.user.value, nil), (title, path), ("404", nil),
        ])
        out.raw("<div class=\"panel empty\" id=\"error\"><h1>")
        out.text("This session has no such \(what)")
        out.raw("</h1><p>The address names ")
        out.element("code", part.shownName)
        out.raw(". ")
        out.text(part.kind == .run ? "The newest runs are:" : "The metrics with most samples are:")
        out.raw("</p><p class=\"tags\">")
        for (name, link) in links(part.kind, summary) { out.link(link, class: "tag", name) }
        out.raw("</p><p>")
        out.link(path, class: "link", "The whole session")
        out.raw("</p></div>\n")
    }
    return out.bytes
}

private func links(
    _ kind: MissingPart.Kind, _ summary: SessionSummary
) -> [(name: String, path: String)] {
    switch kind {
    case .run:
        summary.runs.suffix(ViewLimits.offeredParts).reversed().map { run in
            (
                run.run.isEmpty ? "No run" : run.run,
                runPath(user: summary.user, session: summary.session, run: run.run)
            )
        }
    case .metric:
        MetricChoice.all(in: summary).prefix(ViewLimits.offeredParts).map { metric in
            (
                metric.id,
                sessionPath(user: summary.user, session: summary.session)
                    + queryText([("metric", metric.id)])
            )
        }
    }
}
