import Synchronization
import TrackerClient
package import TrackerLog

/// The metrics of watched processes, each with the prefix `target.` or `generator.`: curves are
/// drawn by metric, and the two must not be mixed.
package enum WatchMetric {
    /// Percent of one core, over the last second.
    package static let cpu = "cpu_percent"
    package static let memory = "resident_bytes"
    package static let threads = "threads"
    package static let openFiles = "open_files"
    /// Switches per second, over the last second.
    package static let contextSwitches = "context_switches"
}

/// Samples processes during a run: the target's, and the generator's own.
package final class ProcessWatch: Sendable {
    /// Processes watched as one: their values are summed.
    package struct Subject: Sendable, Hashable {
        /// The prefix of their metrics: `target` or `generator`.
        package var role: String
        /// The label `process`: name of the first program, and the number of processes.
        package var name: String
        package var pids: [Int32]

        package init(role: String, name: String, pids: [Int32]) {
            self.role = role
            self.name = name
            self.pids = pids
        }
    }

    private struct Reading {
        var at: ContinuousClock.Instant
        var usage: ProcessUsage
    }

    package let subjects: [Subject]
    private let last = Mutex<[Int32: Reading]>([:])
    private let read: @Sendable (Int32) -> ProcessUsage?

    /// - Parameter read: reads the usage of a process; replaced in tests.
    package init(
        subjects: [Subject],
        read: @escaping @Sendable (Int32) -> ProcessUsage? = { ProcessUsage.read(pid: $0) }
    ) {
        self.subjects = subjects
        self.read = read
    }

    /// Reads every subject and computes rates since the last call.
    /// - Returns: one sample per metric. Rates need two readings and are missing the first time; a
    ///   subject without living processes has no samples.
    package func sample(
        run: String, timestamp: Timestamp, now: ContinuousClock.Instant = .now
    ) -> [Sample] {
        subjects.flatMap { subject -> [Sample] in
            var sums: [(metric: String, value: Double, unit: String)] = []
            func add(_ metric: String, _ value: Double?, _ unit: String) {
                guard let value else { return }
                if let index = sums.firstIndex(where: { $0.metric == metric }) {
                    sums[index].value += value
                } else {
                    sums.append((metric, value, unit))
                }
            }
            for pid in subject.pids {
                guard let usage = read(pid) else { continue }
                let before = last.withLock { last in
                    defer { last[pid] = Reading(at: now, usage: usage) }
                    return last[pid]
                }
                add(WatchMetric.memory, Double(usage.residentBytes), "bytes")
                add(WatchMetric.threads, Double(usage.threads), "threads")
                add(WatchMetric.openFiles, usage.openFiles.map(Double.init), "files")
                guard let before, now > before.at else { continue }
                let elapsedS = (now - before.at).milliseconds / 1e3
                add(WatchMetric.cpu, usage.cores(since: before.usage, elapsedS) * 100, "%")
                add(
                    WatchMetric.contextSwitches, usage.switches(since: before.usage, elapsedS),
                    "1/s")
            }
            return sums.map { sum in
                Sample(
                    timestamp: timestamp, metric: "\(subject.role).\(sum.metric)",
                    value: sum.value, unit: sum.unit, run: run,
                    labels: [Label("process", subject.name)])
            }
        }
    }

    /// Samples once a second until the task is cancelled.
    /// - Parameter now: stamps the samples.
    package func record(
        run: String, sink: any EventSink, now: @Sendable () -> Timestamp
    ) async {
        while !Task.isCancelled {
            for sample in sample(run: run, timestamp: now()) {
                _ = sink.append(sample)
            }
            do {
                try await Task.sleep(for: .milliseconds(LoadLimits.watchIntervalMs))
            } catch {
                // Cancelled: the run has ended.
                return
            }
        }
    }
}

/// The value of `--watch`.
package enum WatchTarget: Sendable, Hashable {
    case pid(Int32)
    case port(Int)

    /// Parses `1234` or `:8000`.
    package init(parsing text: String) throws(LoadError) {
        let isPort = text.hasPrefix(":")
        let digits = isPort ? text.dropFirst() : Substring(text)
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int32(digits),
            number > 0, !isPort || number <= 65_535
        else {
            throw .invalid(
                argument: "--watch", value: text,
                problem: "write a process id such as 1234, or a port such as :8000")
        }
        self = isPort ? .port(Int(number)) : .pid(number)
    }

    /// The processes it refers to now.
    /// - Throws: when none is readable.
    package func subject() throws(LoadError) -> ProcessWatch.Subject {
        let pids: [Int32]
        let text: String
        switch self {
        case .pid(let pid): (pids, text) = ([pid], "\(pid)")
        case .port(let port): (pids, text) = (ListeningProcesses.find(port: port), ":\(port)")
        }
        guard let subject = ProcessWatch.Subject(role: "target", pids: pids) else {
            throw .invalid(
                argument: "--watch", value: text,
                problem: "no such process is visible; it must run on this machine, and as the "
                    + "same user unless you are root")
        }
        return subject
    }
}

extension ProcessWatch.Subject {
    /// - Returns: `nil` when none of the processes is readable.
    package init?(role: String, pids: [Int32]) {
        let readable = pids.prefix(LoadLimits.maxWatchedProcesses).compactMap { pid in
            SmallFile.systemText("/proc/\(pid)/comm").map { (pid, $0) }
        }
        guard let first = readable.first else { return nil }
        let count = readable.count > 1 ? " × \(readable.count)" : ""
        self.init(role: role, name: first.1 + count, pids: readable.map(\.0))
    }
}

extension ProcessUsage {
    /// CPU seconds per second since an earlier reading: 1 is a whole core.
    fileprivate func cores(since before: ProcessUsage, _ elapsedS: Double) -> Double {
        max(0, cpuSeconds - before.cpuSeconds) / elapsedS
    }

    /// Context switches per second; 0 when threads ended and the sum decreased.
    fileprivate func switches(since before: ProcessUsage, _ elapsedS: Double) -> Double? {
        guard let contextSwitches, let earlier = before.contextSwitches else { return nil }
        return Double(contextSwitches - min(contextSwitches, earlier)) / elapsedS
    }
}
