import TrackerLog

/// The numbers that a tool reports for each route or request beside those of the whole run.
package struct ReportedParts: Sendable, Hashable {
    private var members: [JSONValue.Member] = []
    private var more = 0

    package init() {}

    package mutating func add(_ name: String, _ numbers: ReportedNumbers) {
        let name = String(name.prefix(ImportLimits.maxLabelBytes))
        guard members.count < ImportLimits.maxReportedParts,
            !members.contains(where: { $0.key.isExactly(name) })
        else {
            more += 1
            return
        }
        members.append(.init(name, .object(numbers.members)))
    }

    /// Adds them to the run as one member, `by_route`.
    package func put(into run: inout ImportedRun) {
        if !members.isEmpty { run.reported.add("by_route", json: .object(members)) }
        if more > 0 { run.leftOut.append("the numbers of \(more) more routes") }
    }
}
