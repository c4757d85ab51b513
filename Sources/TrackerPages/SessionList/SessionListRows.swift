import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// The newest session, and those that it repeats, which open below it. Without a script, too:
    /// the style sheet shows them while the `details` of the first row is open.
    /// - Parameters:
    ///   - now: for the day of a session whose row stands under none.
    ///   - isUnderDay: whether the first row stands under its day.
    mutating func sessionRows(_ group: SessionGroup, now: Timestamp, isUnderDay: Bool) {
        raw("<tr>")
        sessionCells(group.head, now: now, isUnderDay: isUnderDay) { $0.repeats(of: group) }
        raw("</tr>\n")
        for entry in group.listed {
            raw("<tr class=\"rep\">")
            sessionCells(entry, now: now, isUnderDay: false) { _ in }
            raw("</tr>\n")
        }
        let others = group.repeats.count - group.listed.count
        guard others > 0 else { return }
        raw("<tr class=\"rep\"><td class=\"q\" colspan=\"11\">")
        text("\(NumberText.count(others)) older ones are not listed here: ")
        var all = SessionListQuery(text: group.filter)
        all.opensRepeats = true
        link(all.path, class: "link", "see all \(NumberText.count(group.count))")
        raw("</td></tr>\n")
    }

    private mutating func repeats(of group: SessionGroup) {
        guard let oldest = group.repeats.last else { return }
        // The oldest stays the oldest when another one comes.
        raw("<details class=\"repeats\"")
        attribute("id", "repeats-\(oldest.user.directoryName)/\(oldest.session.directoryName)")
        raw("><summary>")
        text("\(NumberText.count(group.count)) sessions")
        let all = [group.head] + group.repeats
        let bad = [
            ("failed", all.count { $0.failure != nil }), ("damaged", all.count { !$0.isWhole }),
        ]
        for (state, count) in bad where count > 0 {
            raw(" ")
            element("span", class: "note", "\(NumberText.count(count)) \(state)")
        }
        raw("</summary></details>")
    }

    /// - Parameters:
    ///   - isUnderDay: whether the day need not stand beside the time.
    ///   - more: below the name.
    private mutating func sessionCells(
        _ entry: CatalogEntry, now: Timestamp, isUnderDay: Bool,
        more: (inout HTMLWriter) -> Void
    ) {
        raw("<td class=\"tick\"><input type=\"checkbox\" name=\"s\"")
        attribute("value", "\(entry.user)/\(entry.session)")
        attribute("id", "tick-\(entry.user.directoryName)/\(entry.session.directoryName)")
        attribute("aria-label", "Compare \(entry.title)")
        raw("></td>")
        nameCell(entry, now: now, more)
        raw("<td class=\"q lo clip\">")
        targetLink(entry.targets)
        raw("</td><td class=\"q lo\">")
        if let first = entry.first {
            if entry.isRunning { raw("since ") }
            if isUnderDay { time(first, as: .minute) } else { time(first, as: .recent, now: now) }
        } else {
            text(NumberText.none)
        }
        raw("</td>")
        cell("n q lo", NumberText.count(entry.runCount))
        if let reported = entry.reported {
            reportedCells(reported)
        } else if let headline = entry.headline, !headline.isDuration {
            valueCells(headline)
        } else {
            headlineCells(entry.headline)
        }
    }

    private mutating func nameCell(
        _ entry: CatalogEntry, now: Timestamp, _ more: (inout HTMLWriter) -> Void
    ) {
        raw("<th scope=\"row\"><a")
        attribute("href", sessionPath(user: entry.user, session: entry.session))
        raw(">")
        let isRecording = entry.isRecording(now: now)
        if isRecording { recordingMark() }
        text(entry.title)
        raw("</a><span class=\"tags\">")
        if entry.isUnfinished || entry.isRunning && !isRecording {
            raw("<span class=\"note\">no end</span> ")
        }
        if !entry.isWhole {
            element("span", class: "note", entry.lost?.text ?? "damaged data")
            raw(" ")
        }
        if entry.unreadBytes > 0 {
            raw("<span class=\"note\">")
            text("\(NumberText.bytes(entry.unreadBytes)) not read yet")
            raw("</span> ")
        }
        if let failure = entry.failure {
            raw("<span class=\"note\">")
            text("failed: \(failure)")
            raw("</span> ")
        }
        if entry.isArchived { raw("<span class=\"note\">archived</span> ") }
        if let reported = entry.reported {
            let newest = NumberText.quantity(reported.newest, unit: reported.number.unit)
            metricNote("reported \(reported.metric) \(newest)")
        } else if let headline = entry.headline, !headline.isDuration {
            metricNote(headline.medianText)
        }
        filterLink("user", entry.user.value)
        for tag in entry.tags {
            raw(" · ")
            filterLink("tag", tag)
        }
        if entry.unkeptNames > 0 {
            raw(" <span class=\"note\">")
            text("\(NumberText.count(entry.unkeptNames)) more names, which only its page has")
            raw("</span>")
        }
        raw("</span>")
        more(&self)
        raw("</th>")
    }

    /// What a row is about whose numbers are no latencies: they do not fit those columns.
    private mutating func metricNote(_ words: String) {
        element("span", class: "reported", words)
        raw(" · ")
    }

    /// Of a metric that is no duration: a rate of samples, or errors, say nothing of it.
    private mutating func valueCells(_ headline: CatalogEntry.Headline) {
        cell("n q lo", NumberText.none)
        cell("n q lo", NumberText.count(headline.count))
        cell("n q lo", NumberText.none)
        cell("n q", NumberText.none)
        cell(
            headline.errors > 0 ? "n e" : "n q",
            headline.errors > 0
                ? NumberText.percent(headline.errors, of: headline.count) : NumberText.none)
        curveCell(headline.p99OverTime)
    }

    private mutating func curveCell(_ values: [Double]) {
        open("td", class: "lo")
        sparkline(values, width: 84, height: 24, line: "l99", isFilled: true)
        raw("</td>")
    }

    private mutating func reportedCells(_ reported: ReportedHeadline) {
        cell("n q lo", NumberText.rate(reported.perSecond))
        for _ in 0..<2 { cell("n q lo", NumberText.none) }
        cell("n q", NumberText.none)
        let isBad = reported.failed * 1_000 > reported.requests
        cell(isBad ? "n e" : "n q", NumberText.percent(reported.failed, of: reported.requests))
        curveCell(reported.overTime)
    }

    private mutating func filterLink(_ key: String, _ value: String) {
        link(SessionListModel.path(filter: SessionListModel.filter(key, value)), value)
    }

    /// The first one, which finds its sessions: those of the user alone if one is given.
    mutating func targetLink(_ targets: [String], user: UserID? = nil) {
        guard let first = targets.first else { return text(NumberText.none) }
        let found = SessionListQuery(
            text: SessionListModel.filter("target", first), user: user?.value)
        link(found.path, TargetText.short(first))
        if targets.count > 1 { text(" and \(targets.count - 1) more") }
    }

    private mutating func headlineCells(_ headline: CatalogEntry.Headline?) {
        guard let headline else {
            for _ in 0..<3 { cell("n q lo", NumberText.none) }
            for _ in 0..<2 { cell("n q", NumberText.none) }
            cell("lo", "")
            return
        }
        let unit = headline.unitText
        cell("n q lo", NumberText.rate(headline.throughput))
        cell("n q lo", NumberText.count(headline.count))
        valueCell(
            headline.hasFewSamples(beyond: 0.5) ? "n q lo few" : "n q lo", headline.p50, unit)
        valueCell(headline.hasFewSamples(beyond: 0.99) ? "n few" : "n strong", headline.p99, unit)
        let isBad = headline.errors * 1_000 > headline.count
        cell(isBad ? "n e" : "n q", NumberText.percent(headline.errors, of: headline.count))
        curveCell(headline.p99OverTime)
    }

    private mutating func valueCell(_ name: StaticString, _ value: Double?, _ unit: String) {
        guard let value else { return cell("n q", NumberText.none) }
        open("td", class: name)
        let shown = Quantity(value, unit: unit)
        text(NumberText.value(shown.value))
        if let unit = shown.unit, !unit.isEmpty { element("small", class: "unit", " " + unit) }
        raw("</td>")
    }
}
