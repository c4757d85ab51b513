import TrackerIndexer
import TrackerLog

/// The health of a session's data as text.
enum HealthText {
    /// More would hide the rest; `tracker verify` lists all.
    private static let maxShownRegions = 3

    /// One or two lines, and one for each of the first bad regions.
    static func summary(_ health: SessionHealth) -> String {
        var findings: [String] = []
        func add(_ count: Int, _ one: String, _ many: String) {
            if count > 0 { findings.append("\(count) \(count == 1 ? one : many)") }
        }
        add(health.badRegionCount, "bad region", "bad regions")
        add(health.badLineCount, "bad line", "bad lines")
        add(health.missingFrames, "missing frame", "missing frames")
        add(health.conflictingFrames, "conflicting frame", "conflicting frames")
        add(health.droppedEvents, "event dropped by its writer", "events dropped by their writers")
        var text =
            findings.isEmpty ? "data: whole\n" : "data: \(findings.joined(separator: ", "))\n"
        for region in health.badRegions.prefix(maxShownRegions) { text += "  \(region.text)\n" }
        if health.badRegionCount > maxShownRegions { text += "  `tracker verify` lists all\n" }
        var notes: [String] = []
        if health.thinned.histograms > 0 {
            notes.append(
                "\(health.thinned.samples) samples kept as \(health.thinned.histograms) histograms"
                    + " by the second (`tracker prune --keep-size`)")
        }
        if health.uncheckedFrames > 0 {
            notes.append("\(health.uncheckedFrames) frames without checksum")
        }
        if health.duplicateFrames > 0 {
            notes.append("\(health.duplicateFrames) repeated frames counted once")
        }
        if health.newerFrames > 0 {
            notes.append("\(health.newerFrames) frames need a newer tracker")
        }
        if health.pendingBytes > 0 {
            notes.append("\(health.pendingBytes) bytes of incomplete frames")
        }
        if health.implausibleTimes > 0 {
            let events = health.implausibleTimes == 1 ? "event" : "events"
            notes.append(
                "\(health.implausibleTimes) \(events) with an implausible time, "
                    + (health.hasNoPlausibleTime
                        ? "and none with another: the dates shown are not to be believed"
                        : "not used for dates"))
        }
        if health.ignoredMetricFields > 0 {
            notes.append(
                "\(health.ignoredMetricFields) fields that say what a metric is are not valid, and"
                    + " ignored")
        }
        if health.hasExcludedMetrics {
            notes.append(
                "more than \(IndexLimits.maxDeclaredMetrics) metrics are declared; of the others"
                    + " only unit and name tell what they are")
        }
        if !health.ignoredFiles.isEmpty {
            let first =
                health.ignored.first.map { ", such as \(printable($0.name)): \($0.why)" } ?? ""
            notes.append("\(health.ignoredFiles.count) other files ignored\(first)")
        }
        if !notes.isEmpty { text += "note: \(notes.joined(separator: ", "))\n" }
        return text
    }
}

extension BadRegion {
    var text: String { "\(file): offset \(offset), length \(length): \(reason.rawValue)" }
}
