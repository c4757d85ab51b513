import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing
import TrackerLoad
import TrackerLog
import TrackerTestSupport

@Suite("Watching the target's process")
struct ProcessWatchTests {
    @Test("A line of /proc/PID/stat, with a program's name that has spaces and parentheses")
    func stat() throws {
        let line =
            "42 (a b) (c)) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 7 8 20 0 13 0 999 1000000 256 1 2"
        let usage = try #require(
            ProcessUsage.parse(stat: line, ticksPerSecond: 100, pageBytes: 4_096))
        #expect(usage.cpuSeconds == 3)
        #expect(usage.threads == 13)
        #expect(usage.residentBytes == 256 * 4_096)
        #expect(ProcessUsage.parse(stat: "42 (x) S 1", ticksPerSecond: 100, pageBytes: 1) == nil)
        #expect(ProcessUsage.parse(stat: "", ticksPerSecond: 100, pageBytes: 1) == nil)
    }

    @Test("Context switches of a thread's status, of both kinds")
    func switches() {
        let text = "Name:\tx\nvoluntary_ctxt_switches:\t120\nnonvoluntary_ctxt_switches:\t3\n"
        #expect(ProcessUsage.contextSwitches(status: text) == 123)
        #expect(ProcessUsage.contextSwitches(status: "Name:\tx\n") == nil)
    }

    @Test("This process is read, and a process that does not exist is not")
    func own() throws {
        let usage = try #require(ProcessUsage.read(pid: getpid()))
        #expect(usage.residentBytes > 1 << 20)
        #expect(usage.threads >= 1)
        #expect(try #require(usage.openFiles) >= 3)
        #expect(try #require(usage.contextSwitches) > 0)
        #expect(ProcessUsage.read(pid: 0) == nil)
    }

    @Test("A process and all below it; not those beside it, and none twice")
    func family() throws {
        let folder = try TemporaryFolder()
        let parents = [(1, 0), (10, 1), (11, 10), (12, 11), (13, 10), (20, 1), (21, 20)]
        for (process, parent) in parents {
            let path = "\(folder.path)/\(process)"
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            let text = "\(process) (sh (a) b) S \(parent) 1 1 0\n"
            try #require(
                FileManager.default.createFile(atPath: path + "/stat", contents: Data(text.utf8)))
        }
        let found = ProcessFamily.members(of: 10, proc: folder.path)
        #expect(found.first == 10 && found.sorted() == [10, 11, 12, 13])
        #expect(ProcessFamily.members(of: 99, proc: folder.path) == [99])
        #expect(ProcessFamily.members(of: 1, proc: folder.path).count == parents.count)
    }

    @Test("The process that listens on a port is found, on both kinds of addresses")
    func listening() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        // Children that other tests fork may hold the socket for a moment as well.
        #expect(ListeningProcesses.find(port: port).contains(getpid()))
        let subject = try WatchTarget(parsing: ":\(port)").subject()
        #expect(subject.pids.contains(getpid()))
        #expect(!subject.name.isEmpty)
        try await channel.close()
        #expect(!ListeningProcesses.find(port: port).contains(getpid()))
        #expect(throws: LoadError.self) { try WatchTarget(parsing: ":1").subject() }
        try await group.shutdownGracefully()
    }

    @Test("Only listening sockets of that port count, whatever the address")
    func tables() {
        let zeros = String(repeating: "0", count: 32)
        let rest = "00000000:00000000 00:00000000 00000000 0 0"
        let table = """
            sl  local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid inode
             0: 0100007F:1F90 00000000:0000 0A \(rest) 555 1 0 100
             1: 0100007F:1F90 0100007F:9999 01 \(rest) 556 1 0 100
             2: \(zeros):1F90 \(zeros):0000 0A \(rest) 557 1 0 100
             3: 0100007F:1F91 00000000:0000 0A \(rest) 558 1 0 100
            """
        #expect(ListeningProcesses.inodes(table: table, port: 8_080) == [555, 557])
        #expect(ListeningProcesses.inodes(table: "", port: 8_080) == [])
    }

    @Test("Samples are what happened between two readings; worker processes are added up")
    func samples() throws {
        let start = ContinuousClock.now
        let readings = Readings()
        let subject = ProcessWatch.Subject(role: "target", name: "app × 2", pids: [1, 2])
        let watch = ProcessWatch(subjects: [subject]) { readings.read($0) }
        func values(_ seconds: Int) -> [String: Double] {
            let samples = watch.sample(
                run: "r", timestamp: 5, now: start + .seconds(seconds))
            #expect(samples.allSatisfy { $0.labels == [Label("process", "app × 2")] })
            #expect(samples.allSatisfy { $0.run == "r" && $0.timestamp == 5 })
            return Dictionary(uniqueKeysWithValues: samples.map { ($0.metric, $0.value) })
        }
        readings.set(cpu: 10, memory: 100, switches: 1_000)
        #expect(
            values(0) == [
                "target.resident_bytes": 200, "target.threads": 8, "target.open_files": 10,
            ])
        readings.set(cpu: 10.5, memory: 300, switches: 1_100)
        #expect(
            values(2) == [
                "target.resident_bytes": 600, "target.threads": 8, "target.open_files": 10,
                "target.cpu_percent": 50, "target.context_switches": 100,
            ])
        // Threads that ended take their switches with them: the rate must not be negative.
        readings.set(cpu: 10.5, memory: 300, switches: 100)
        #expect(values(3)["target.context_switches"] == 0)
        readings.clear()
        #expect(values(4) == [:])
    }

    @Test(
        "What is no process and no port is refused",
        arguments: ["", ":", "0", ":0", "-1", "x", ":70000", "1.5", "99999999999"])
    func badTargets(text: String) {
        #expect(throws: LoadError.self) { try WatchTarget(parsing: text) }
    }
}

/// What two processes, 1 and 2, are said to use.
private final class Readings: Sendable {
    private let usage = Mutex<ProcessUsage?>(nil)

    func set(cpu: Double, memory: UInt64, switches: UInt64) {
        usage.withLock {
            $0 = ProcessUsage(
                cpuSeconds: cpu, residentBytes: memory, threads: 4, openFiles: 5,
                contextSwitches: switches)
        }
    }

    func clear() { usage.withLock { $0 = nil } }
    func read(_ pid: Int32) -> ProcessUsage? { usage.withLock { [1, 2].contains(pid) ? $0 : nil } }
}
