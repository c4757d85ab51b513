package import TrackerLog

/// Finds the few times of an input that are far from all others, as a program notices them that
/// reads it once. By days: see `FarLines` for the rule of the fold.
package struct StrayTimes {
    private struct Day {
        var count = 0
        var first: Timestamp
        var line: Int
    }

    /// By number of days since 1970; at most those of the plausible years.
    private var days: [Int: Day] = [:]

    package init() {}

    /// - Parameter line: of the input, from 1.
    package mutating func add(_ time: Timestamp, line: Int) {
        guard time.isPlausible else { return }
        let day = Int(time.milliseconds / IndexLimits.plausibleLeadMs)
        days[day, default: Day(first: time, line: line)].count += 1
    }

    /// How many times are strays, and which of them came first; `nil` when none is.
    package func found(now: Timestamp) -> (count: Int, first: Timestamp, line: Int)? {
        let known = days.keys.sorted()
        // Neighbouring days belong together.
        var groups: [[Int]] = []
        for day in known {
            if let last = groups.last?.last, day - last <= 1 {
                groups[groups.count - 1].append(day)
            } else {
                groups.append([day])
            }
        }
        func count(_ group: [Int]) -> Int { group.reduce(0) { $0 + (days[$1]?.count ?? 0) } }
        guard let largest = groups.indices.max(by: { count(groups[$0]) < count(groups[$1]) })
        else { return nil }
        let others = count(groups[largest])
        groups.remove(at: largest)
        // What happens now is no stray.
        let today = Int(now.milliseconds / IndexLimits.plausibleLeadMs)
        let strays = groups.filter { $0.allSatisfy { $0 < today - 1 } }
        let found = strays.reduce(0) { $0 + count($1) }
        guard found > 0, others >= IndexLimits.fewestLinesForStray,
            found <= max(1, others / IndexLimits.linesForStray),
            let first = strays.joined().compactMap({ days[$0] }).min(by: { $0.line < $1.line })
        else { return nil }
        return (found, first.first, first.line)
    }
}
