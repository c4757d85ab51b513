import FoundationEssentials
import Testing
import TrackerTestSupport

@testable import TrackerLoad

/// A machine of files: those of a quiet one, and what a disturbance changes in them.
private struct FakeHost {
    static let pid: Int32 = 100
    static let quiet = [
        "proc/loadavg": "0.10 0.05 0.01 1/200 900\n",
        "proc/meminfo": "MemTotal:  8000000 kB\nMemFree:  1000000 kB\nMemAvailable:  6000000 kB\n",
        "proc/stat": "cpu  1000 0 500 90000 10 0 20 0 0 0\ncpu0 500 0 250 45000 5 0 10 0 0 0\n",
        "proc/vmstat": "pswpin 5\npswpout 5\noom_kill 1\n",
        "proc/pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1000\n",
        "proc/pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1000\n",
        "proc/pressure/io": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1000\n",
        "proc/100/stat": stat(100, "tracker", ticks: 100),
        "proc/100/status": "Name:\ttracker\nCpus_allowed_list:\t0-1\n",
        "proc/100/cgroup": "0::/user/session\n",
        "proc/812/stat": stat(812, "make (all)", ticks: 50),
        "sys/devices/system/cpu/online": "0-1\n",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
        "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "performance\n",
        "sys/devices/system/cpu/cpu0/cpufreq/energy_performance_preference": "performance\n",
        "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq": "4000000\n",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq": "4000000\n",
        "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "3\n",
        "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count": "3\n",
        "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
        "sys/firmware/acpi/platform_profile": "balanced\n",
        "sys/class/power_supply/AC/online": "1\n",
        "sys/class/power_supply/BAT0/status": "Charging\n",
        "sys/class/power_supply/BAT0/capacity": "17\n",
        "sys/class/power_supply/mouse/status": "Discharging\n",
        "sys/class/power_supply/mouse/scope": "Device\n",
        "sys/fs/cgroup/cpu.stat": "usage_usec 5\nnr_periods 0\nnr_throttled 0\n",
        "sys/fs/cgroup/user/cpu.max": "max 100000\n",
        "sys/fs/cgroup/user/session/cpu.max": "max 100000\n",
        "sys/fs/cgroup/user/memory.max": "1000000\n",
        "sys/fs/cgroup/user/memory.current": "960000\n",
        "sys/fs/cgroup/user/memory.stat": "anon 1\ninactive_file 500000\n",
    ]

    /// As proc(5) describes it; only the fields that are read have a value.
    static func stat(
        _ pid: Int, _ name: String, ticks: Int, nice: Int = 0, policy: Int = 0
    ) -> String {
        var fields = [String](repeating: "0", count: 50)
        fields[0] = "S"
        fields[11] = "\(ticks)"
        fields[16] = "\(nice)"
        fields[17] = "1"
        fields[38] = "\(policy)"
        return "\(pid) (\(name)) \(fields.joined(separator: " "))\n"
    }

    let folder: TemporaryFolder
    var files: HostFiles { HostFiles(root: folder.path) }

    init(_ files: [String: String] = FakeHost.quiet) throws {
        folder = try TemporaryFolder()
        try write(files)
    }

    func write(_ files: [String: String]) throws {
        for (path, text) in files {
            let whole = folder.path + "/" + path
            let parts = whole.split(separator: "/", omittingEmptySubsequences: false)
            try FileManager.default.createDirectory(
                atPath: parts.dropLast().joined(separator: "/"), withIntermediateDirectories: true)
            try #require(FileManager.default.createFile(atPath: whole, contents: Data(text.utf8)))
        }
    }

    var reading: HostReading { .read(files, pid: Self.pid) }

    /// What is found when the files change, ten seconds apart.
    func findings(after changes: [String: String]) throws -> [QuietFinding] {
        let before = reading
        try write(changes)
        var after = reading
        after.awake = before.awake.advanced(by: .seconds(10))
        after.time = before.time.advanced(by: .seconds(10))
        return QuietCheck.before(after) + QuietCheck.between(before, after, own: [Self.pid])
    }
}

@Suite("What disturbs a measurement, by the files of a machine")
struct QuietTests {
    typealias Row = (code: QuietFinding.Code, changes: [String: String], text: String)

    private static let cpu0 = "sys/devices/system/cpu/cpu0"
    /// Each change alone, and what is said of it.
    static let disturbances: [Row] = [
        (
            .governor, [cpu0 + "/cpufreq/scaling_governor": "powersave\n"],
            "1 of 2 processors: governor powersave"
        ),
        (
            .energy, [cpu0 + "/cpufreq/energy_performance_preference": "balance_power\n"],
            "1 of 1 processor: energy preference balance_power"
        ),
        (
            .clockLimit, [cpu0 + "/cpufreq/scaling_max_freq": "2400000\n"],
            "the clock rate is limited to 60 %"
        ),
        (
            .platform, ["sys/firmware/acpi/platform_profile": "low-power\n"],
            "the profile of the firmware is low-power"
        ),
        (
            .clockSource,
            ["sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet\n"],
            "the clock is hpet"
        ),
        (
            .battery, ["sys/class/power_supply/BAT0/status": "Discharging\n"],
            "the machine is on battery (17 %)"
        ),
        (
            .nice, ["proc/100/stat": FakeHost.stat(100, "tracker", ticks: 100, nice: 10)],
            "the tracker runs with nice 10"
        ),
        (
            .policy, ["proc/100/stat": FakeHost.stat(100, "tracker", ticks: 100, policy: 5)],
            "the tracker is scheduled as SCHED_IDLE"
        ),
        (
            .affinity, ["proc/100/status": "Cpus_allowed_list:\t1\n"],
            "the tracker may run on 1 of 2 processors"
        ),
        (
            .groupProcessor, ["sys/fs/cgroup/user/cpu.max": "50000 100000\n"],
            "its control group may use 0.500 of 2 processors"
        ),
        (
            .groupProcessor,
            [
                "proc/100/cgroup": "3:cpu,cpuacct:/box\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "150000\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            ],
            "its control group may use 1.50 of 2 processors"
        ),
        (
            .groupMemory, ["sys/fs/cgroup/user/memory.stat": "inactive_file 100\n"],
            "its control group uses 96 % of its memory"
        ),
        (
            .memory, ["proc/meminfo": "MemTotal: 8000000 kB\nMemAvailable: 160000 kB\n"],
            "2.0 % of the memory is available"
        ),
        (
            .load, ["proc/loadavg": "1.50 1.00 0.50 3/200 900\n"],
            "the load average is 1.50 on 2 processors"
        ),
        (
            .otherLoad,
            [
                "proc/stat": "cpu  2000 0 500 90000 10 0 20 0 0 0\n",
                "proc/812/stat": FakeHost.stat(812, "make (all)", ticks: 500),
                "proc/900/stat": FakeHost.stat(900, "cc1", ticks: 300),
            ],
            "other programs used 1.0 of 2 processors: make (all) (812) 0.45, cc1 (900) 0.30"
        ),
        (
            .steal, ["proc/stat": "cpu  1000 0 500 90000 10 0 20 60 0 0\n"],
            "the host of this machine took 3.0 % of the time"
        ),
        (
            .interrupts,
            [
                "proc/stat": "cpu  1000 0 500 90000 10 0 520 0 0 0\n",
                // They are counted to who runs: here to the tracker itself.
                "proc/100/stat": FakeHost.stat(100, "tracker", ticks: 600),
            ],
            "interrupts took 25 % of the time"
        ),
        (
            .heat, [cpu0 + "/thermal_throttle/core_throttle_count": "8\n"],
            "heat slowed the processor down 5 times"
        ),
        (
            .throttled, ["sys/fs/cgroup/cpu.stat": "nr_periods 100\nnr_throttled 40\n"],
            "the control group used up its processor time 40 times"
        ),
        (
            .swapping, ["proc/vmstat": "pswpin 505\npswpout 5\noom_kill 1\n"],
            "50.0 pages a second went to or from the swap"
        ),
        (
            .memoryWait,
            ["proc/pressure/memory": "some avg10=5.0 avg60=0.00 avg300=0.00 total=501000\n"],
            "programs waited for memory 5.0 % of the time"
        ),
        (
            .diskWait,
            ["proc/pressure/io": "some avg10=5.0 avg60=0.00 avg300=0.00 total=4001000\n"],
            "programs waited for a disk 40 % of the time"
        ),
        (
            .processorWait,
            ["proc/pressure/cpu": "some avg10=5.0 avg60=0.00 avg300=0.00 total=3001000\n"],
            "programs waited for a processor 30 % of the time"
        ),
        (
            .killed, ["proc/vmstat": "pswpin 5\npswpout 5\noom_kill 2\n"],
            "the system ended a program for want of memory"
        ),
    ]

    @Test("A quiet machine has no finding, and one without files neither")
    func quiet() throws {
        #expect(try FakeHost().findings(after: [:]) == [])
        #expect(try FakeHost([:]).findings(after: [:]) == [])
    }

    @Test("Each disturbance is named, alone and with its number", arguments: disturbances.indices)
    func named(index: Int) throws {
        let row = Self.disturbances[index]
        let findings = try FakeHost().findings(after: row.changes)
        #expect(findings.map(\.what) == [row.text])
        #expect(findings.map(\.code) == [row.code])
    }

    @Test("Every kind that files can show is in the table")
    func all() {
        let elsewhere: Set<QuietFinding.Code> = [.suspended, .gaps, .speed]
        #expect(
            Set(Self.disturbances.map(\.code)).union(elsewhere) == Set(QuietFinding.Code.allCases))
    }

    @Test("A machine that slept")
    func suspended() throws {
        let before = try FakeHost().reading
        var after = before
        after.awake = before.awake.advanced(by: .seconds(10))
        after.time = before.time.advanced(by: .seconds(75))
        let findings = QuietCheck.between(before, after, own: [])
        #expect(findings.map(\.what) == ["the machine slept for 65.0 s"])
    }

    @Test("A calculation that is stopped, or whose speed changes")
    func probe() {
        let even = (0..<200).map { 1 + Double($0 % 10) / 1_000 }
        #expect(QuietCheck.probe(even) == [])
        #expect(QuietCheck.probe([]) == [])
        var stopped = even
        for index in 0..<10 { stopped[index * 20] = 9 }
        #expect(QuietCheck.probe(stopped).map(\.code) == [.gaps])
        let slower = (0..<200).map { $0 < 80 ? 1.3 : 1 + Double($0 % 10) / 1_000 }
        #expect(QuietCheck.probe(slower).map(\.code) == [.speed])
        // For real: it ends, and each takes some time.
        let times = HostProbe.run()
        #expect(times.count == QuietLimits.probes && times.allSatisfy { $0 > 0 })
    }

    @Test("Lists of processors", arguments: [("0-3,8", 5), ("0", 1), ("", 0), ("2-1", 0)])
    func lists(text: String, count: Int) {
        #expect(HostFiles.count(list: text) == count)
    }
}
