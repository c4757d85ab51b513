import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// How current the page is, and what is wrong with the data: what, how much, and where.
    mutating func health(_ session: PublishedSession, now: Timestamp) {
        let health = session.summary.health
        panel("health", title: "Data health", note: health.isWhole ? "intact" : "damaged") {
            out in
            out.raw("<ul class=\"checks\"><li class=\"ok\">")
            out.icon(.clock, size: 15)
            out.raw("<span>")
            out.freshness(session.freshness, now: now)
            out.raw("<small>")
            out.text("\(NumberText.count(session.summary.eventCount)) events counted")
            out.raw("</small></span></li>")
            if session.unreadBytes > 0 { out.unreadFinding(session) }
            if session.unreadReports > 0 {
                out.finding(
                    isGood: false,
                    out.counted(session.unreadReports, "report", "reports") + " not counted yet",
                    "They are in the log. This page changes when they are read.")
            }
            out.findings(health, problem: session.freshness.problem)
            out.remarks(health)
            for note in session.summary.units.prefix(ViewLimits.listedFiles) {
                let isOneUnit = note.shown.count < 2
                out.finding(
                    isGood: isOneUnit,
                    isOneUnit && note.converted.isEmpty ? "A unit is missing" : "Several units",
                    note.text + ".")
            }
            let more = session.summary.units.count - ViewLimits.listedFiles
            if more > 0 {
                out.finding(
                    isGood: false, "\(NumberText.count(more)) more metrics in several units",
                    "`tracker show` lists all.")
            }
            if session.summary.uncountedSamples > 0 {
                out.finding(
                    isGood: false, "Numbers of some runs are left out",
                    IndexLimits.uncountedText(session.summary.uncountedSamples) + ".")
            }
            for text in session.summary.unkeptTexts {
                out.finding(isGood: false, "Details are left out", text + ".")
            }
            out.raw("</ul>")
            out.damageTables(health)
        }
    }

    /// How much of the session the numbers are of, while its log is still being read.
    mutating func unreadFinding(_ session: PublishedSession) {
        let read = session.foldedBytes
        let (all, isTooMany) = read.addingReportingOverflow(session.unreadBytes)
        finding(
            isGood: false,
            "\(NumberText.bytes(read)) of \(NumberText.bytes(isTooMany ? .max : all)) read,"
                + " \(NumberText.count(session.summary.eventCount)) events: numbers will change.",
            "The log of this session is still being read. This page follows by itself.")
    }

    private mutating func findings(_ health: SessionHealth, problem: String?) {
        if health.isWhole, problem == nil {
            finding(isGood: true, "All records are present and readable.", "")
        }
        if health.badRegionCount > 0 {
            finding(
                isGood: false, counted(health.badRegionCount, "bad region", "bad regions"),
                """
                \(NumberText.bytes(health.badRegionBytes)) are unreadable. The files were not \
                changed.
                """
            )
        }
        if health.missingFrames > 0 {
            finding(
                isGood: false, counted(health.missingFrames, "frame missing", "frames missing"),
                "Their sequence numbers are missing in the log.")
        }
        if health.droppedEvents > 0 {
            finding(
                isGood: false, counted(health.droppedEvents, "event dropped", "events dropped"),
                "A writer dropped them because its disk or its queue was full.")
        }
        if health.badLineCount > 0 {
            finding(
                isGood: false, counted(health.badLineCount, "bad line", "bad lines"),
                "Only these lines were skipped; the lines around them count.")
        }
        if health.conflictingFrames > 0 {
            finding(
                isGood: false,
                counted(health.conflictingFrames, "conflicting frame", "conflicting frames"),
                "The same sequence number has different contents; all of them were counted.")
        }
        if health.newerFrames > 0 {
            finding(
                isGood: false, counted(health.newerFrames, "newer frame", "newer frames"),
                """
                Written by a newer version and not counted here. Upgrade tracker to read them.
                """
            )
        }
    }

    /// What is no damage.
    private mutating func remarks(_ health: SessionHealth) {
        if health.thinned.histograms > 0 {
            finding(
                isGood: true,
                counted(health.thinned.samples, "sample", "samples") + " kept as "
                    + counted(health.thinned.histograms, "histogram", "histograms"),
                """
                `tracker prune --keep-size` kept one for each second and series. Counts, errors, \
                sums, extremes, percentiles and curves are what they were; single values are gone.
                """)
        }
        if health.uncheckedFrames > 0 {
            finding(
                isGood: true,
                counted(health.uncheckedFrames, "unchecked frame", "unchecked frames"),
                "Without a checksum, damage cannot be detected. Use zstd --check.")
        }
        if health.duplicateFrames > 0 {
            finding(
                isGood: true,
                counted(health.duplicateFrames, "repeated frame", "repeated frames"),
                "Each frame was counted once.")
        }
        if health.pendingBytes > 0 {
            finding(
                isGood: true, "\(NumberText.bytes(health.pendingBytes)) pending",
                "The last frame of a file is incomplete; it is read again when the file grows.")
        }
        if health.implausibleTimes > 0 {
            finding(
                isGood: true,
                counted(
                    health.implausibleTimes, "event without a plausible time",
                    "events without a plausible time"),
                health.hasNoPlausibleTime
                    ? "No event has another: the dates shown are theirs, and not to be believed."
                    : "Counted, but not used for dates and curves.")
        }
        if health.ignoredMetricFields > 0 {
            finding(
                isGood: true,
                counted(
                    health.ignoredMetricFields, "field that says what a metric is",
                    "fields that say what metrics are") + " ignored",
                "Not valid: unit is a text, kind and better are words of the format.")
        }
        if !health.ignoredFiles.isEmpty {
            let reasons = health.ignored.map { "\($0.name) (\($0.why))" }
            let names = (reasons.isEmpty ? health.ignoredFiles : reasons)
                .prefix(ViewLimits.listedFiles).joined(separator: ", ")
            finding(
                isGood: true, counted(health.ignoredFiles.count, "file", "files") + " ignored",
                "Not segments, by name or file type: \(names)")
        }
    }

    private func counted(_ count: Int, _ one: String, _ many: String) -> String {
        "\(NumberText.count(count)) \(count == 1 ? one : many)"
    }

    mutating func finding(isGood: Bool, _ what: String, _ advice: String) {
        raw(isGood ? "<li class=\"ok\">" : "<li class=\"warn\">")
        icon(isGood ? .check : .warning, size: 15)
        raw("<span>")
        element("b", what)
        if !advice.isEmpty { element("small", advice) }
        raw("</span></li>")
    }

    private mutating func damageTables(_ health: SessionHealth) {
        if !health.badRegions.isEmpty {
            damageTable(
                "bad-regions", "Bad regions", health.badRegionCount,
                ["File", "|Offset", "|Length", "Reason"]
            ) { out in
                for region in health.badRegions.prefix(ViewLimits.listedDamages) {
                    out.raw("<tr>")
                    out.cell("mono", region.file)
                    out.cell("n", NumberText.count(region.offset))
                    out.cell("n", NumberText.count(region.length))
                    out.cell("", region.reason.rawValue)
                    out.raw("</tr>\n")
                }
            }
        }
        if !health.gaps.isEmpty {
            damageTable("gaps", "Missing frames", health.gaps.count, ["Writer", "|From", "|To"]) {
                out in
                for gap in health.gaps.prefix(ViewLimits.listedDamages) {
                    out.raw("<tr>")
                    out.cell("mono", gap.writer)
                    out.cell("n", NumberText.count(gap.first))
                    out.cell("n", NumberText.count(gap.last))
                    out.raw("</tr>\n")
                }
            }
        }
        if !health.badLines.isEmpty {
            damageTable(
                "bad-lines", "Bad lines", health.badLineCount,
                ["File", "|Frame at", "|Line", "Reason"]
            ) { out in
                for line in health.badLines.prefix(ViewLimits.listedDamages) {
                    out.raw("<tr>")
                    out.cell("mono", line.file)
                    out.cell("n", NumberText.count(line.frameOffset))
                    out.cell("n", NumberText.count(line.line))
                    out.cell("", line.reason.rawValue)
                    out.raw("</tr>\n")
                }
            }
        }
    }

    private mutating func damageTable(
        _ id: StaticString, _ title: String, _ count: Int, _ columns: [StaticString],
        _ rows: (inout HTMLWriter) -> Void
    ) {
        raw("<details class=\"more\" id=\"")
        raw(id)
        raw("\"><summary>")
        text(title)
        if count > ViewLimits.listedDamages {
            text(", the first \(ViewLimits.listedDamages) of \(NumberText.count(count))")
        }
        raw("</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\"")
        attribute("aria-label", title)
        raw("><table>")
        tableHead(columns)
        raw("<tbody>")
        rows(&self)
        raw("</tbody></table></div></details>")
    }
}
