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
        let real = errors.filter { !$0.name.isExactly(Self.cutOff) }
        let answered = statuses + real
        let failed = statuses.failures.plus(real.total)
        let cut = errors.filter { $0.name.isExactly(Self.cutOff) }.total
        reported.requests(total: answered.total, failed: failed)
        if cut > 0 { reported.add("cut_off_requests", count: cut) }
        // Its rate is of all, also of those that were cut off.
        let all = answered.total.plus(cut)
        if let perSecond, all > 0 {
            let good = answered.total &- failed
            reported.add("rps", good == all ? perSecond : perSecond * Double(good) / Double(all))
        }
        reported.outcomes(statuses + errors)
    }
}
