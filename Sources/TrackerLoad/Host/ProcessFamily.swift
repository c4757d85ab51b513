import TrackerClient

/// A process and those that it started, they themselves and so on.
package enum ProcessFamily {
    /// The process and its descendants. Those whose parent has ended belong to nobody: a daemon is
    /// none of them.
    /// - Parameter proc: replaces `/proc` in tests.
    package static func members(of process: Int32, proc: String = "/proc") -> [Int32] {
        var children: [Int32: [Int32]] = [:]
        for name in ProcFolder.names(in: proc) ?? [] {
            guard let number = Int32(name),
                let stat = SmallFile.systemText("\(proc)/\(name)/stat"),
                let fields = ProcessUsage.fields(ofStat: stat),
                // The state, and the parent.
                fields.count > 1, let parent = Int32(fields[1])
            else { continue }
            children[parent, default: []].append(number)
        }
        var (members, next) = ([process], 0)
        while next < members.count {
            members += children.removeValue(forKey: members[next]) ?? []
            next += 1
        }
        return members
    }
}
