import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// How fresh the page is, and what is wrong with the data: what, how much, and where.
    mutating func health(_ session: PublishedSession, nowMs: Double) {
        let health = session.summary.health
        panel("health", title: "Health of the data", note: health.isWhole ? "whole" : "damaged") {
            out in
            out.raw("<ul class=\"checks\"><li class=\"ok\">")
            out.icon(.clock, size: 15)
            out.raw("<span>")
            out.freshness(session.freshness, nowMs: nowMs)
            out.raw("<small>")
            out.text("\(NumberText.count(session.summary.eventCount)) events folded")
            out.raw("</small></span></li>")
            out.findings(health, problem: session.freshness.problem)
            out.raw("</ul>")
            out.damageTables(health)
        }
    }

    private mutating func findings(_ health: SessionHealth, problem: String?) {
        if health.isWhole, problem == nil {
            finding(isGood: true, "Every record that was announced is here and reads well.", "")
        }
        if health.badRegionCount > 0 {
            finding(
                isGood: false, counted(health.badRegionCount, "bad region", "bad regions"),
                """
                \(NumberText.bytes(health.badRegionBytes)) could not be read; nothing was \
                changed in the files.
                """
            )
        }
        if health.missingFrames > 0 {
            finding(
                isGood: false, counted(health.missingFrames, "frame missing", "frames missing"),
                "A writer numbered them, and they never came.")
        }
        if health.droppedEvents > 0 {
            finding(
                isGood: false, counted(health.droppedEvents, "event dropped", "events dropped"),
                "A writer could not keep them: its disk or its queue was full.")
        }
        if health.badLineCount > 0 {
            finding(
                isGood: false, counted(health.badLineCount, "bad line", "bad lines"),
                "Only these lines were left out; the lines around them count.")
        }
        if health.conflictingFrames > 0 {
            finding(
                isGood: false,
                counted(health.conflictingFrames, "conflicting frame", "conflicting frames"),
                "The same number came with two contents; both were counted.")
        }
        if health.newerFrames > 0 {
            finding(
                isGood: false, counted(health.newerFrames, "newer frame", "newer frames"),
                """
                Written by a newer version: kept, and not counted here. A newer tracker reads \
                them.
                """
            )
        }
        if health.uncheckedFrames > 0 {
            finding(
                isGood: true,
                counted(health.uncheckedFrames, "unchecked frame", "unchecked frames"),
                "Without a checksum damage cannot be seen. Use zstd --check.")
        }
        if health.duplicateFrames > 0 {
            finding(
                isGood: true, counted(health.duplicateFrames, "frame", "frames") + " came again",
                "Each was counted once.")
        }
        if health.pendingBytes > 0 {
            finding(
                isGood: true, "\(NumberText.bytes(health.pendingBytes)) pending",
                "The end of a file is not a whole frame yet; it is looked at again when it grows.")
        }
        if !health.ignoredFiles.isEmpty {
            let names = health.ignoredFiles.prefix(ViewLimits.listedFiles).joined(separator: ", ")
            finding(
                isGood: true, counted(health.ignoredFiles.count, "file", "files") + " left alone",
                "No segments by their name or kind: \(names)")
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
