import Glibc
import TrackerClient

/// What the system says at one moment about everything that makes measurements vary. What it does
/// not say is `nil` or empty.
package struct HostReading: Sendable {
    /// Processor time of the whole machine, in seconds.
    struct ProcessorTime: Sendable, Hashable {
        var busy = 0.0
        var steal = 0.0
        var interrupts = 0.0
        var waiting = 0.0
    }

    struct Process: Sendable, Hashable {
        var name: String
        var cpuSeconds: Double
    }

    /// By a clock that stands still while the machine sleeps, and by one that does not.
    var awake: SuspendingClock.Instant = .now
    var time: ContinuousClock.Instant = .now
    var processors = 1

    // Settings.
    var governors: [String] = []
    var energyPreferences: [String] = []
    /// The highest clock rate that is allowed, as a share of what the processor can.
    var allowedClock: Double?
    var platformProfile: String?
    var clockSource: String?
    /// On battery, with its charge in percent where it is known.
    var isOnBattery = false
    var batteryPercent: Double?
    var loadAverage: Double?
    var availableMemory: Double?
    /// Of this process.
    var nice: Int?
    var policy: Int?
    var mayRunOn: Int?
    var control = ControlGroup()

    // Counts since the start of the machine.
    var processorTime: ProcessorTime?
    var processes: [Int32: Process] = [:]
    var swappedPages: Double?
    var killed: Double?
    var throttledByHeat: Double?
    /// Seconds in which somebody waited for it (pressure stall information).
    var waitedForProcessor: Double?
    var waitedForMemory: Double?
    var waitedForDisk: Double?

    /// - Parameter own: the processes that are measured and that measure.
    package static func read(_ files: HostFiles = HostFiles(), pid: Int32 = getpid()) -> HostReading
    {
        var reading = HostReading()
        reading.readSettings(files)
        reading.readProcess(files, pid: pid)
        reading.readCounts(files)
        reading.control = ControlGroup(files, pid: pid)
        return reading
    }

    private mutating func readSettings(_ files: HostFiles) {
        let cpus = "/sys/devices/system/cpu"
        processors = HostFiles.count(list: files.text(cpus + "/online") ?? "")
        if processors == 0 { processors = processorCount() }
        var clocks: [Double] = []
        for cpu in files.names(in: cpus, prefix: "cpu") {
            let folder = "\(cpus)/\(cpu)/cpufreq"
            if let name = files.text(folder + "/scaling_governor") { governors.append(name) }
            if let name = files.text(folder + "/energy_performance_preference") {
                energyPreferences.append(name)
            }
            if let most = files.number(folder + "/cpuinfo_max_freq"), most > 0,
                let allowed = files.number(folder + "/scaling_max_freq")
            {
                clocks.append(allowed / most)
            }
        }
        allowedClock = clocks.min()
        platformProfile = files.text("/sys/firmware/acpi/platform_profile")
        clockSource = files.text(
            "/sys/devices/system/clocksource/clocksource0/current_clocksource")
        let supplies = "/sys/class/power_supply"
        for supply in files.names(in: supplies)
        where files.text("\(supplies)/\(supply)/status") == "Discharging" {
            // A mouse has a battery as well.
            guard files.text("\(supplies)/\(supply)/scope") != "Device" else { continue }
            isOnBattery = true
            batteryPercent = files.number("\(supplies)/\(supply)/capacity")
        }
        loadAverage = files.text("/proc/loadavg")?.split(separator: " ").first.flatMap {
            Double($0)
        }
        let memory = files.table("/proc/meminfo")
        if let total = memory["MemTotal"], total > 0, let left = memory["MemAvailable"] {
            availableMemory = left / total
        }
    }

    private mutating func readProcess(_ files: HostFiles, pid: Int32) {
        let fields = files.text("/proc/\(pid)/stat").flatMap(ProcessUsage.fields(ofStat:)) ?? []
        if fields.count > 38 { (nice, policy) = (Int(fields[16]), Int(fields[38])) }
        mayRunOn = files.field("Cpus_allowed_list", of: "/proc/\(pid)/status").map(
            HostFiles.count(list:))
    }

    private mutating func readCounts(_ files: HostFiles) {
        let ticks = sysconf(Int32(_SC_CLK_TCK))
        let page = sysconf(Int32(_SC_PAGESIZE))
        if let line = files.text("/proc/stat")?.split(separator: "\n").first {
            let times = line.split(separator: " ").dropFirst().map {
                (Double($0) ?? 0) / Double(max(1, ticks))
            }
            // user nice system idle iowait irq softirq steal; a guest's time is in user's.
            if times.count > 7 {
                processorTime = ProcessorTime(
                    busy: times[0] + times[1] + times[2] + times[5] + times[6], steal: times[7],
                    interrupts: times[5] + times[6], waiting: times[4])
            }
        }
        for name in files.names(in: "/proc") {
            guard let pid = Int32(name), let stat = files.text("/proc/\(name)/stat"),
                let usage = ProcessUsage.parse(stat: stat, ticksPerSecond: ticks, pageBytes: page),
                let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
            else { continue }
            let name = stat[stat.index(after: open)..<close]
            processes[pid] = Process(name: String(name), cpuSeconds: usage.cpuSeconds)
        }
        let memory = files.table("/proc/vmstat")
        if let pagesIn = memory["pswpin"], let pagesOut = memory["pswpout"] {
            swappedPages = pagesIn + pagesOut
        }
        killed = memory["oom_kill"]
        let cpus = "/sys/devices/system/cpu"
        var throttled: [Double] = []
        for cpu in files.names(in: cpus, prefix: "cpu") {
            for count in ["core_throttle_count", "package_throttle_count"] {
                if let number = files.number("\(cpus)/\(cpu)/thermal_throttle/\(count)") {
                    throttled.append(number)
                }
            }
        }
        if !throttled.isEmpty { throttledByHeat = throttled.reduce(0, +) }
        waitedForProcessor = Self.stalled(files.text("/proc/pressure/cpu"), "some")
        waitedForMemory = Self.stalled(files.text("/proc/pressure/memory"), "some")
        waitedForDisk = Self.stalled(files.text("/proc/pressure/io"), "some")
    }

    /// The total of a line such as `some avg10=0.00 avg60=0.00 avg300=0.00 total=11220`, in
    /// seconds.
    static func stalled(_ text: String?, _ kind: String) -> Double? {
        for line in (text ?? "").split(separator: "\n") where line.hasPrefix(kind + " ") {
            guard let total = line.split(separator: "=").last else { return nil }
            return Double(total).map { $0 / 1e6 }
        }
        return nil
    }
}
