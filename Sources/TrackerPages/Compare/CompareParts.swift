import TrackerAnalysis
import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// Which part moved the whole: a sentence, and the parts that moved it most.
    mutating func changeParts(_ model: CompareModel, isFile: Bool) {
        guard let parts = model.changeParts else { return }
        let note =
            parts.yardstick == .otherParts
            ? "by \(parts.cut); each against the others" : "by \(parts.cut)"
        panel("where", title: "Where the change is", note: note) { out in
            out.raw("<p class=\"lead\">")
            let sentence = parts.sentence(.page)
            out.text((parts.named.isEmpty ? sentence.asSentence : sentence) + ".")
            out.raw("</p>")
            out.scrollingTable("where-table", label: "Where the change is", class: "fst") { out in
                out.tableHead([
                    "Part", "|Mean of A", "|Mean of B", "|B to A",
                    parts.yardstick == .otherParts ? "-|Less the others" : "-|95% interval",
                    "|Added to the mean", "-|Failed (A, B)",
                ])
                out.raw("<tbody>")
                for part in parts.parts.prefix(PartLimits.shown) { out.changePart(part, parts) }
                out.raw("</tbody>")
            }
            if !isFile { out.panelLinks(.where, model.query) }
            let rest = parts.parts.count + parts.otherCount - PartLimits.shown
            guard rest > 0 else { return }
            out.raw("<p class=\"under\">")
            out.text(
                NumberText.count(rest) + (rest == 1 ? " more part moved" : " more parts moved")
                    + " the whole less. ")
            out.raw("<a class=\"link\"")
            out.attribute("href", model.query.jsonPath)
            out.raw(">As JSON</a></p>")
        }
    }

    private mutating func changePart(_ part: ChangePart, _ parts: ChangeParts) {
        let format = NumberFormat.page
        func percent(_ share: Double) -> String {
            format.signed(share) { format.percent(share: $0) }
        }
        raw("<tr><th scope=\"row\" class=\"wrap\">")
        text(part.name)
        if part.isNamed { element("small", "stands out") }
        if part.countA == 0 { element("small", "only in B") }
        if part.countB == 0 { element("small", "only in A") }
        raw("</th>")
        for (mean, count) in [(part.meanA, part.countA), (part.meanB, part.countB)] {
            raw("<td class=\"n\"><b>")
            text(parts.mean(mean, format))
            raw("</b><small>n = ")
            text(NumberText.count(count))
            raw("</small></td>")
        }
        let interval = part.mean.interval.map {
            "\(percent($0.lowerBound)) to \(percent($0.upperBound))"
        }
        let failed = "\(NumberText.count(part.failedA)), \(NumberText.count(part.failedB))"
        for (value, isNarrow) in [
            (part.shownChange.map(percent), true), (interval, false),
            (parts.added(of: part, format), true), (failed, false),
        ] {
            raw(isNarrow ? "<td class=\"n\">" : "<td class=\"n lo\">")
            text(value ?? NumberText.none)
            raw("</td>")
        }
        raw("</tr>")
    }
}
