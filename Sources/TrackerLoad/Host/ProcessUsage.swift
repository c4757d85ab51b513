import Glibc
import TrackerClient

/// Resource usage of a process, from `/proc`.
package struct ProcessUsage: Sendable, Hashable {
    /// User and system time of all its threads, ended ones included, in seconds.
    package var cpuSeconds: Double
    package var residentBytes: UInt64
    package var threads: Int
    /// `nil` when they may not be listed: the process belongs to another user.
    package var openFiles: Int?
    /// Sum over the living threads, each since its start.
    package var contextSwitches: UInt64?

    package init(
        cpuSeconds: Double, residentBytes: UInt64, threads: Int, openFiles: Int? = nil,
        contextSwitches: UInt64? = nil
    ) {
        self.cpuSeconds = cpuSeconds
        self.residentBytes = residentBytes
        self.threads = threads
        self.openFiles = openFiles
        self.contextSwitches = contextSwitches
    }

    /// Reads a process.
    /// - Parameter proc: replaces `/proc` in tests.
    /// - Returns: `nil` when there is no such process.
    package static func read(pid: Int32, proc: String = "/proc") -> ProcessUsage? {
        let folder = "\(proc)/\(pid)"
        guard let stat = SmallFile.systemText("\(folder)/stat"),
            var usage = parse(
                stat: stat, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)),
                pageBytes: sysconf(Int32(_SC_PAGESIZE)))
        else { return nil }
        usage.openFiles = ProcFolder.names(in: "\(folder)/fd")?.count
        usage.contextSwitches = ProcFolder.names(in: "\(folder)/task")?
            .compactMap { SmallFile.systemText("\(folder)/task/\($0)/status") }
            .compactMap(contextSwitches(status:)).reduce(0, +)
        return usage
    }

    /// The fields of the text of `/proc/PID/stat` behind the program's name: the first is field 3
    /// of proc(5), the state.
    static func fields(ofStat stat: String) -> [Substring]? {
        // The name is in parentheses and may itself contain spaces and parentheses.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        return stat[stat.index(after: end)...].split(separator: " ")
    }

    /// Parses the text of `/proc/PID/stat` (proc(5)).
    package static func parse(
        stat: String, ticksPerSecond: Int, pageBytes: Int
    ) -> ProcessUsage? {
        guard let fields = fields(ofStat: stat), ticksPerSecond > 0 else { return nil }
        func field(_ number: Int) -> UInt64? {
            fields.indices.contains(number - 3) ? UInt64(fields[number - 3]) : nil
        }
        guard let user = field(14), let system = field(15), let threads = field(20),
            let pages = field(24)
        else { return nil }
        return ProcessUsage(
            cpuSeconds: Double(user + system) / Double(ticksPerSecond),
            residentBytes: pages &* UInt64(pageBytes), threads: Int(clamping: threads))
    }

    /// Voluntary and involuntary switches together, from the text of `/proc/PID/task/TID/status`.
    package static func contextSwitches(status: String) -> UInt64? {
        var sum: UInt64?
        for line in status.split(separator: "\n") {
            guard line.contains("ctxt_switches:"), let number = line.split(separator: "\t").last,
                let count = UInt64(number)
            else { continue }
            sum = (sum ?? 0) &+ count
        }
        return sum
    }

    /// User and system time of this process, in seconds.
    static func ownCPUSeconds() -> Double {
        var usage = rusage()
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        func seconds(_ time: timeval) -> Double {
            Double(time.tv_sec) + Double(time.tv_usec) / 1e6
        }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

/// Folders of `/proc`.
enum ProcFolder {
    /// The names in a folder, without `.` and `..`; `nil` when it may not be listed.
    static func names(in path: String) -> [String]? {
        guard let folder = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// The target of a symbolic link.
    static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
