import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerPages

/// Where the change is, as text.
enum PartsText {
    private static let number = NumberFormat.plain

    /// A sentence, and a table of the parts that moved the whole.
    static func text(_ parts: ChangeParts) -> String {
        var text =
            TextTable.paragraph(
                printable("Where, by \(parts.cut): \(parts.sentence(number)).")) + "\n"
        let isAgainstOthers = parts.yardstick == .otherParts
        var table = TextTable([
            .init("PART", .left, overflow: .cut(to: 16)), .init("MEAN A", .right),
            .init("MEAN B", .right), .init("B TO A", .right),
            .init(isAgainstOthers ? "LESS THE OTHERS" : "95 % INTERVAL", .right, rank: 2),
            .init("ADDED", .right), .init("FAILED (A, B)", .right, rank: 3),
            .init("N (A, B)", .right, rank: 1), .init("", .left),
        ])
        for part in parts.parts.prefix(PartLimits.shown) { table.add(row(part, parts)) }
        text += table.textWithNote
        let rest = parts.parts.count + parts.otherCount - PartLimits.shown
        guard rest > 0 else { return text }
        return text
            + TextTable.paragraph(
                "\(rest) more part\(rest == 1 ? "" : "s"); --json has"
                    + " \(parts.otherCount > 0 ? "the largest" : "all") of them.")
    }

    private static func row(_ part: ChangePart, _ parts: ChangeParts) -> [String] {
        [
            part.name, parts.mean(part.meanA, number), parts.mean(part.meanB, number),
            part.shownChange.map { CompareText.change($0, false) } ?? "-",
            part.mean.interval.map {
                CompareText.change($0.lowerBound, false) + " to "
                    + CompareText.change($0.upperBound, false)
            } ?? "-",
            added(part, parts), "\(part.failedA), \(part.failedB)",
            "\(part.countA), \(part.countB)", verdict(part),
        ]
    }

    /// What a part added to the mean of the whole.
    static func added(_ part: ChangePart, _ parts: ChangeParts) -> String {
        parts.added(of: part, number)
    }

    private static func verdict(_ part: ChangePart) -> String {
        switch (part.mean.isNamed, part.errors.isNamed) {
        case (true, true): "stands out, and fails"
        case (true, false): "stands out"
        case (false, true): part.errors.change ?? 0 > 0 ? "fails more" : "fails less"
        case (false, false): part.countA == 0 ? "only in B" : part.countB == 0 ? "only in A" : ""
        }
    }
}
