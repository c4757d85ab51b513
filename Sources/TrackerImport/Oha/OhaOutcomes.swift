import TrackerLog

/// How the requests of oha ended. Its own success rate counts every answer, also a 500.
struct OhaOutcomes {
    /// oha's name for requests that the end of the test cut off: the server did not fail.
    static let cutOff = "aborted due to deadline"

    var statuses: [(name: String, count: Int)] = []
    var errors: [(name: String, count: Int)] = []

    func report(perSecond: Double?, to reported: inout ReportedNumbers) {
        reported.add("attempted", perSecond)
        guard !statuses.isEmpty || !errors.isEmpty else { return }
        let answers = statuses.reduce(0) { $0 + $1.count }
        let bad = statuses.filter { (Int($0.name) ?? 0) >= 400 }.reduce(0) { $0 + $1.count }
        let isCutOff = { (name: String) in name.isExactly(Self.cutOff) }
        let failed = errors.filter { !isCutOff($0.name) }.reduce(bad) { $0 + $1.count }
        let cut = errors.filter { isCutOff($0.name) }.reduce(0) { $0 + $1.count }
        reported.requests(total: answers + failed - bad, failed: failed)
        if cut > 0 { reported.add("cut_off_requests", count: cut) }
        // Its rate is of all, also of those that were cut off.
        let all = answers + failed - bad + cut
        if let perSecond, all > 0 {
            let good = answers - bad
            reported.add("rps", good == all ? perSecond : perSecond * Double(good) / Double(all))
        }
        reported.outcomes(statuses + errors)
    }
}
