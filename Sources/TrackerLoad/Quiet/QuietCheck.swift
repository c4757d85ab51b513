import TrackerLog

/// What is not quiet about a machine, by what it says. Pure.
package enum QuietCheck {
    static let number = NumberFormat.grouped

    static func percent(_ share: Double) -> String {
        number.value(share * 100, digits: 2) + " %"
    }

    private static func processors(_ count: Int) -> String {
        count == 1 ? "1 processor" : "\(number.count(count)) processors"
    }

    /// Of settings that last, and of what already runs.
    package static func before(_ reading: HostReading) -> [QuietFinding] {
        clock(reading) + process(reading) + memory(reading)
    }

    private static func clock(_ reading: HostReading) -> [QuietFinding] {
        var findings: [QuietFinding] = []
        func each(
            _ code: QuietFinding.Code, _ values: [String], _ slow: Set<String>, of what: String
        ) {
            let found = values.filter(slow.contains)
            guard let first = found.first else { return }
            findings.append(
                QuietFinding(
                    code, "\(found.count) of \(processors(values.count)): \(what) \(first)"))
        }
        each(.governor, reading.governors, QuietLimits.slowGovernors, of: "governor")
        each(
            .energy, reading.energyPreferences, QuietLimits.savingPreferences,
            of: "energy preference")
        if let share = reading.allowedClock, share < QuietLimits.allowedClock {
            findings.append(
                QuietFinding(.clockLimit, "the clock rate is limited to \(percent(share))"))
        }
        if let profile = reading.platformProfile, QuietLimits.savingProfiles.contains(profile) {
            findings.append(QuietFinding(.platform, "the profile of the firmware is \(profile)"))
        }
        if let source = reading.clockSource, QuietLimits.slowClocks.contains(source) {
            findings.append(QuietFinding(.clockSource, "the clock is \(source)"))
        }
        if reading.isOnBattery {
            let charge = reading.batteryPercent.map { " (\(percent($0 / 100)))" } ?? ""
            findings.append(QuietFinding(.battery, "the machine is on battery\(charge)"))
        }
        return findings
    }

    private static func process(_ reading: HostReading) -> [QuietFinding] {
        var findings: [QuietFinding] = []
        if let nice = reading.nice, nice > 0 {
            findings.append(QuietFinding(.nice, "the tracker runs with nice \(nice)"))
        }
        if let policy = reading.policy, let name = QuietLimits.slowPolicies[policy] {
            findings.append(QuietFinding(.policy, "the tracker is scheduled as \(name)"))
        }
        if let few = reading.mayRunOn, few > 0, few < reading.processors {
            findings.append(
                QuietFinding(
                    .affinity,
                    "the tracker may run on \(few) of \(processors(reading.processors))"))
        }
        if let few = reading.control.processors, few < Double(reading.processors) {
            findings.append(
                QuietFinding(
                    .groupProcessor,
                    "its control group may use \(number.value(few)) of "
                        + processors(reading.processors)))
        }
        if let load = reading.loadAverage,
            load > QuietLimits.loadOfProcessor * Double(reading.processors)
        {
            findings.append(
                QuietFinding(
                    .load,
                    "the load average is \(number.value(load)) on "
                        + processors(reading.processors)))
        }
        return findings
    }

    private static func memory(_ reading: HostReading) -> [QuietFinding] {
        var findings: [QuietFinding] = []
        if let share = reading.availableMemory, share < QuietLimits.availableMemory {
            findings.append(QuietFinding(.memory, "\(percent(share)) of the memory is available"))
        }
        if let share = reading.control.memoryShare, share > QuietLimits.groupMemory {
            findings.append(
                QuietFinding(
                    .groupMemory, "its control group uses \(percent(share)) of its memory"))
        }
        return findings
    }

    /// Of what happened between two readings.
    /// - Parameter own: the processes that measure and that are measured.
    package static func between(
        _ before: HostReading, _ after: HostReading, own: Set<Int32>
    ) -> [QuietFinding] {
        let interval = after.awake - before.awake
        let seconds = interval.milliseconds / 1e3
        guard seconds > 0 else { return [] }
        let slept = (after.time - before.time) - interval
        var findings = taken(before, after, own: own, seconds: seconds)
        findings += waited(before, after, seconds: seconds, hasOther: !findings.isEmpty)
        if slept > QuietLimits.sleep {
            findings.append(
                QuietFinding(
                    .suspended, "the machine slept for \(number.latency(ms: slept.milliseconds))"))
        }
        return findings
    }

    /// Processor time that others took.
    private static func taken(
        _ before: HostReading, _ after: HostReading, own: Set<Int32>, seconds: Double
    ) -> [QuietFinding] {
        var findings: [QuietFinding] = []
        let all = seconds * Double(after.processors)
        if let first = before.processorTime, let last = after.processorTime {
            // The system counts the time of interrupts to whoever runs.
            let mine = own.reduce(0) { $0 + used($1, before, after) }
            let others = (last.busy - first.busy - mine) / seconds
            if others > QuietLimits.otherProcessors {
                findings.append(
                    QuietFinding(
                        .otherLoad,
                        "other programs used \(number.value(others, digits: 2)) of "
                            + processors(after.processors) + names(before, after, own, seconds)))
            }
            func share(_ code: QuietFinding.Code, _ amount: Double, _ most: Double, _ text: String)
            {
                guard amount / all > most else { return }
                findings.append(QuietFinding(code, "\(text) \(percent(amount / all)) of the time"))
            }
            share(
                .steal, last.steal - first.steal, QuietLimits.steal,
                "the host of this machine took")
            share(
                .interrupts, last.interrupts - first.interrupts, QuietLimits.interrupts,
                "interrupts took")
        }
        if let first = before.throttledByHeat, let last = after.throttledByHeat, last > first {
            findings.append(
                QuietFinding(
                    .heat, "heat slowed the processor down \(number.count(Int(last - first))) times"
                ))
        }
        if let first = before.control.throttled, let last = after.control.throttled, last > first {
            findings.append(
                QuietFinding(
                    .throttled,
                    "the control group used up its processor time "
                        + "\(number.count(Int(last - first))) times"))
        }
        return findings
    }

    private static func used(_ pid: Int32, _ before: HostReading, _ after: HostReading) -> Double {
        guard let last = after.processes[pid]?.cpuSeconds else { return 0 }
        return max(0, last - (before.processes[pid]?.cpuSeconds ?? 0))
    }

    /// The busiest of them: `: make (812) 0.97, cc1 (813) 0.52`.
    private static func names(
        _ before: HostReading, _ after: HostReading, _ own: Set<Int32>, _ seconds: Double
    ) -> String {
        let busy = after.processes.filter { !own.contains($0.key) }
            .map { (pid: $0.key, name: $0.value.name, used: used($0.key, before, after) / seconds) }
            .filter { $0.used > QuietLimits.namedProcessors }
            .sorted { ($1.used, $0.pid) < ($0.used, $1.pid) }
            .prefix(QuietLimits.namedPrograms)
        guard !busy.isEmpty else { return "" }
        let texts = busy.map { "\($0.name) (\($0.pid)) \(number.value($0.used, digits: 2))" }
        return ": " + texts.joined(separator: ", ")
    }

    /// Time that somebody waited.
    private static func waited(
        _ before: HostReading, _ after: HostReading, seconds: Double, hasOther: Bool
    ) -> [QuietFinding] {
        var findings: [QuietFinding] = []
        func counted(_ first: Double?, _ last: Double?) -> Double {
            guard let first, let last else { return 0 }
            return max(0, last - first)
        }
        let swapped = counted(before.swappedPages, after.swappedPages)
        if swapped / seconds > QuietLimits.swappedPages {
            findings.append(
                QuietFinding(
                    .swapping,
                    "\(number.value(swapped / seconds)) pages a second went to or from the swap"))
        }
        func wait(
            _ code: QuietFinding.Code, _ first: Double?, _ last: Double?, _ most: Double,
            _ what: String
        ) {
            let share = counted(first, last) / seconds
            guard share > most else { return }
            findings.append(
                QuietFinding(code, "programs waited for \(what) \(percent(share)) of the time"))
        }
        wait(
            .memoryWait, before.waitedForMemory, after.waitedForMemory, QuietLimits.memoryWait,
            "memory")
        wait(
            .diskWait, before.waitedForDisk, after.waitedForDisk, QuietLimits.diskWait, "a disk")
        // Who waits for a processor that others use is no second finding.
        if !hasOther {
            wait(
                .processorWait, before.waitedForProcessor, after.waitedForProcessor,
                QuietLimits.processorWait, "a processor")
        }
        let killed = counted(before.killed, after.killed)
        if killed > 0 {
            let programs = killed == 1 ? "a program" : "\(number.count(Int(killed))) programs"
            findings.append(
                QuietFinding(.killed, "the system ended \(programs) for want of memory"))
        }
        return findings
    }
}
