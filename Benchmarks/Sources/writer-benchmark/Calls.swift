import ProcessProbe
import TrackerLog

/// What one call costs the program that logs, and what it allocates.
struct Calls {
    let place: Place
    let workload: Workload
    /// The time from one call to the next: 5 µs are 200,000 events a second.
    static let gapNs: Int64 = 5_000

    func run() throws {
        try clockItself()
        for durability in Durability.allCases {
            for policy in [QueuePolicy.block, .dropAndCount] {
                try paced(durability, policy)
            }
        }
        try allocations()
    }

    /// What reading the clock twice costs: it is part of each time.
    private func clockItself() throws {
        var times = [Int64](repeating: 0, count: workload.samples.count)
        for index in times.indices {
            let begin = nowNs()
            times[index] = nowNs() - begin
        }
        describe("the clock alone", times, dropped: 0)
    }

    private func paced(_ durability: Durability, _ policy: QueuePolicy) throws {
        let writer = try place.writer(.init(durability: durability, policy: policy))
        var times = [Int64](repeating: 0, count: workload.samples.count)
        for sample in workload.samples.prefix(10_000) { writer.append(sample) }
        try writer.flush()
        var next = nowNs()
        for (index, sample) in workload.samples.enumerated() {
            while nowNs() < next {}
            let begin = nowNs()
            writer.append(sample)
            times[index] = nowNs() - begin
            next += Self.gapNs
        }
        try writer.close()
        _ = try place.clear()
        describe("\(durability.rawValue), \(policy)", times, dropped: writer.statistics.dropped)
    }

    private func describe(_ name: String, _ times: [Int64], dropped: Int) {
        let sorted = times.sorted()
        func at(_ share: Double) -> String {
            "\(sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)])"
        }
        report(
            "call",
            [
                ("name", quoted(name)), ("p50_ns", at(0.5)), ("p99_ns", at(0.99)),
                ("p999_ns", at(0.999)), ("max_ns", at(1)), ("dropped", "\(dropped)"),
            ])
    }

    /// As fast as it goes, after a warm-up: the caller's allocations, and those of all threads.
    private func allocations() throws {
        let writer = try place.writer(.init(durability: .written))
        for sample in workload.samples { writer.append(sample) }
        try writer.flush()
        let (all, mine) = (probe_allocations(), probe_thread_allocations())
        for sample in workload.samples { writer.append(sample) }
        let called = probe_thread_allocations() - mine
        try writer.flush()
        let events = Double(workload.samples.count)
        report(
            "allocations",
            [
                ("caller_per_event", "\(Double(called) / events)"),
                ("all_per_event", "\(Double(probe_allocations() - all) / events)"),
            ])
        try writer.close()
        _ = try place.clear()
    }
}
