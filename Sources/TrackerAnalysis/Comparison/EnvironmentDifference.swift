import TrackerIndexer
import TrackerLog

/// One fact that differs between two groups: host, commit, rate.
package struct EnvironmentDifference: Sendable, Hashable {
    package var name: String
    /// The distinct values in the runs of each group, sorted; empty when no run has one.
    package var a: [String]
    package var b: [String]

    /// Whether both groups have a value: where one has none, nothing says that it was another.
    var isOfBoth: Bool { !a.isEmpty && !b.isEmpty }

    /// Facts that differ, sorted by name. What differs between any two runs is compared by what it
    /// means: see `Condition`.
    static func between(_ a: [RunSummary], _ b: [RunSummary]) -> [EnvironmentDifference] {
        let factsA = facts(a)
        let factsB = facts(b)
        let names = Set(factsA.keys).union(factsB.keys).sorted()
        return names.compactMap { name in
            let inA = (factsA[name] ?? []).sorted()
            let inB = (factsB[name] ?? []).sorted()
            return inA == inB
                ? nil
                : EnvironmentDifference(
                    name: name.text, a: inA.map(\.text), b: inB.map(\.text))
        }
    }

    private static func facts(_ runs: [RunSummary]) -> [ExactText: Set<ExactText>] {
        var facts: [ExactText: Set<ExactText>] = [:]
        func add(_ name: String, _ value: String) {
            facts[ExactText(name), default: []].insert(ExactText(value))
        }
        for run in runs {
            guard !WorkBudget.isOver(after: WorkLimits.stepsPerRun) else { break }
            for member in run.conditions {
                if let text = Condition.text(of: member, in: run) { add(member.key, text) }
            }
            for (name, value) in [("commit", run.commit), ("target", run.target)] {
                if let value { add(name, value) }
            }
        }
        return facts
    }
}
