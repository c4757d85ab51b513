import TrackerIndexer
import TrackerLog

/// One fact that differs between two groups: host, commit, rate.
package struct EnvironmentDifference: Sendable, Hashable {
    package var name: String
    /// The distinct values in the runs of each group, sorted; empty when no run has one.
    package var a: [String]
    package var b: [String]

    /// Facts that differ, sorted by name, without those that always differ.
    static func between(_ a: [RunSummary], _ b: [RunSummary]) -> [EnvironmentDifference] {
        let factsA = facts(a)
        let factsB = facts(b)
        let names = Set(factsA.keys).union(factsB.keys).sorted()
        return names.compactMap { name in
            let inA = (factsA[name] ?? []).sorted()
            let inB = (factsB[name] ?? []).sorted()
            return inA == inB ? nil : EnvironmentDifference(name: name, a: inA, b: inB)
        }
    }

    /// The load average differs between any two runs; `ComparisonWarnings` checks it.
    private static let alwaysDifferent: Set = ["load_average"]

    private static func facts(_ runs: [RunSummary]) -> [String: Set<String>] {
        var facts: [String: Set<String>] = [:]
        for run in runs {
            let members = (run.environment.objectValue ?? []) + (run.params.objectValue ?? [])
            for member in members where !alwaysDifferent.contains(member.key) {
                facts[member.key, default: []].insert(member.value.stringValue ?? member.value.text)
            }
            for (name, value) in [("commit", run.commit), ("target", run.target)] {
                if let value { facts[name, default: []].insert(value) }
            }
        }
        return facts
    }
}
