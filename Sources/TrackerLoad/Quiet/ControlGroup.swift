/// The limits of the control groups that a process is in: of containers, services and users.
package struct ControlGroup: Sendable, Hashable {
    /// Processors' worth of time that it may use, by its own group or one above; `nil`: no limit.
    var processors: Double?
    /// Periods in which that was used up, since the group was made.
    var throttled: Double?
    /// Memory in use as a share of what it may use.
    var memoryShare: Double?

    init() {}

    /// - Parameter pid: its groups, by `/proc/PID/cgroup`: version 2, version 1, or both.
    init(_ files: HostFiles, pid: Int32) {
        for line in (files.text("/proc/\(pid)/cgroup") ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            if parts[1].isEmpty {
                for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
                    for folder in Self.folders(root, parts[2]) { addVersion2(files, folder) }
                }
            } else if controllers.contains("cpu") {
                for name in Set([String(parts[1]), "cpu", "cpu,cpuacct"]).sorted() {
                    for folder in Self.folders("/sys/fs/cgroup/" + name, parts[2]) {
                        addProcessor1(files, folder)
                    }
                }
            } else if controllers.contains("memory") {
                for folder in Self.folders("/sys/fs/cgroup/memory", parts[2]) {
                    addMemory1(files, folder)
                }
            }
        }
    }

    /// The group and each one above it. In a container the path of the host is not there, and the
    /// root is its group.
    private static func folders(_ root: String, _ path: Substring) -> [String] {
        let parts = path.split(separator: "/").map(String.init)
        return (0...parts.count).reversed().map { count in
            ([root] + parts.prefix(count)).joined(separator: "/")
        }
    }

    private mutating func addVersion2(_ files: HostFiles, _ folder: String) {
        // "max 100000", or the time in microseconds of each period.
        if let words = files.text(folder + "/cpu.max")?.split(separator: " "), words.count == 2,
            let quota = Double(words[0]), let period = Double(words[1]), period > 0
        {
            limit(quota / period)
        }
        add(throttled: files.table(folder + "/cpu.stat")["nr_throttled"])
        if let most = files.number(folder + "/memory.max"), most > 0,
            let used = files.number(folder + "/memory.current")
        {
            // Files that were read once are given back when memory is needed.
            let spare = files.table(folder + "/memory.stat")["inactive_file"] ?? 0
            memoryShare = max(memoryShare ?? 0, (used - spare) / most)
        }
    }

    private mutating func addProcessor1(_ files: HostFiles, _ folder: String) {
        if let quota = files.number(folder + "/cpu.cfs_quota_us"), quota > 0,
            let period = files.number(folder + "/cpu.cfs_period_us"), period > 0
        {
            limit(quota / period)
        }
        add(throttled: files.table(folder + "/cpu.stat")["nr_throttled"])
    }

    private mutating func addMemory1(_ files: HostFiles, _ folder: String) {
        // Without a limit it is a number near 2^63.
        if let most = files.number(folder + "/memory.limit_in_bytes"), most > 0, most < 1e18,
            let used = files.number(folder + "/memory.usage_in_bytes")
        {
            let spare = files.table(folder + "/memory.stat")["total_inactive_file"] ?? 0
            memoryShare = max(memoryShare ?? 0, (used - spare) / most)
        }
    }

    private mutating func limit(_ processors: Double) {
        self.processors = min(self.processors ?? .infinity, processors)
    }

    private mutating func add(throttled count: Double?) {
        if let count { throttled = max(throttled ?? 0, count) }
    }
}
