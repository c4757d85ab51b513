package import TrackerLog

/// Something about the machine that changes numbers, or makes them vary.
package struct QuietFinding: Sendable, Hashable {
    package enum Code: String, Sendable, CaseIterable {
        // Settings, which last.
        case governor, energy, platform
        case clockLimit = "clock_limit"
        case clockSource = "clock_source"
        case battery, nice, policy, affinity
        case groupProcessor = "cgroup_cpu"
        case groupMemory = "cgroup_memory"
        case memory
        // Before it began.
        case load
        // While something was measured.
        case otherLoad = "other_load"
        case steal, interrupts, heat
        case throttled = "cgroup_throttled"
        case swapping
        case memoryWait = "memory_wait"
        case diskWait = "disk_wait"
        case processorWait = "processor_wait"
        case killed, suspended
        // What a calculation shows that takes the same time again and again on a quiet machine.
        case gaps, speed

        /// What it does to numbers, and what to do.
        var advice: (effect: String, remedy: String) {
            switch self {
            case .governor:
                (
                    "the clock rate follows the load, so short work is measured at a low one",
                    "sudo cpupower frequency-set -g performance"
                )
            case .energy:
                (
                    "the processor saves energy before it is fast",
                    "write performance to energy_performance_preference of each processor"
                )
            case .clockLimit:
                (
                    "everything takes longer than this processor needs",
                    "sudo cpupower frequency-set -u with the highest rate"
                )
            case .platform:
                (
                    "the firmware holds the processor back",
                    "powerprofilesctl set performance"
                )
            case .clockSource:
                (
                    "each look at the clock is a slow system call, also in the program under test",
                    "boot with a working TSC: see dmesg for why it was given up"
                )
            case .battery:
                (
                    "the clock rate is lower than on mains",
                    "plug it in"
                )
            case .nice, .policy:
                (
                    "whatever else runs goes first",
                    "start the tracker without nice or chrt"
                )
            case .affinity:
                (
                    "what runs there waits for each other",
                    "start the tracker without taskset"
                )
            case .groupProcessor:
                (
                    "when the time of a period is used up, everything in it stands still",
                    "raise the limit of the container or service (cpu.max)"
                )
            case .groupMemory:
                (
                    "memory is taken back while requests are served",
                    "raise the limit of the container or service (memory.max)"
                )
            case .memory:
                (
                    "files are read again from the disk, and programs are swapped out",
                    "end what needs the memory"
                )
            case .load, .otherLoad:
                (
                    "requests wait for a processor: higher percentiles most",
                    "end it, or measure later"
                )
            case .steal:
                (
                    "another guest of the machine ran instead: times have jumps",
                    "measure on a machine of your own, or alternate what you compare"
                )
            case .interrupts:
                (
                    "the network or a disk takes the processor",
                    "end what sends or reads that much"
                )
            case .heat:
                (
                    "the clock rate fell in the run: its end is slower than its begin",
                    "let it cool, or limit the clock rate to one that it can hold"
                )
            case .throttled:
                (
                    "everything in the group stood still, up to 100 ms at a time",
                    "raise the limit of the container or service (cpu.max)"
                )
            case .swapping, .memoryWait:
                (
                    "a request that needs such memory waits for the disk",
                    "end what needs the memory"
                )
            case .diskWait:
                (
                    "what reads or writes waits longer",
                    "end what uses the disk"
                )
            case .processorWait:
                (
                    "response times include waiting for a processor",
                    "lower the rate, or send from another machine"
                )
            case .killed:
                (
                    "the system ended a program because memory ran out",
                    "end what needs the memory"
                )
            case .suspended:
                (
                    "requests under way took as long as the machine slept",
                    "measure again"
                )
            case .gaps:
                (
                    "something stops this machine for moments: higher percentiles are too high",
                    "measure on a machine of your own, or look for it with perf sched"
                )
            case .speed:
                (
                    "the same work takes different times: a neighbour, the clock rate or a cache",
                    "alternate what you compare"
                )
            }
        }
    }

    package let code: Code
    /// What was found, with its number.
    package let what: String

    package init(_ code: Code, _ what: String) {
        self.code = code
        self.what = what
    }

    package var effect: String { code.advice.effect }
    package var remedy: String { code.advice.remedy }

    package var json: JSONValue {
        .object([
            .init("code", .string(code.rawValue)), .init("what", .string(what)),
            .init("effect", .string(effect)), .init("remedy", .string(remedy)),
        ])
    }
}
