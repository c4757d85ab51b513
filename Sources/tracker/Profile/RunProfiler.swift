import Glibc
import TrackerClient
import TrackerLoad
import TrackerLog
import TrackerProfile

/// Records the stacks of what is tested while a run goes on, and attaches them to it.
///
/// A run counts without its profile as well: what goes wrong here is a warning.
struct RunProfiler: Sendable {
    let store: ProfileStore
    /// `nil`: those that listen on the target's port.
    var watched: [Int32]?

    /// Begins to record.
    /// - Returns: `nil` where that is not possible; why was printed.
    func begin(_ origin: Origin) -> Recorded? {
        do {
            var pids = watched ?? []
            if pids.isEmpty, origin.isLoopback {
                pids = ListeningProcesses.find(port: origin.port)
            }
            guard !pids.isEmpty else {
                throw CommandFailure(
                    "no process of this machine that can be seen listens on \(origin): name it"
                        + " with --watch")
            }
            return Recorded(perf: try PerfRecord(pids: pids), store: store)
        } catch {
            Self.warn(error)
            return nil
        }
    }

    /// What a finished recording is attached to.
    struct Subject: Sendable {
        let run: String
        let text: String
    }

    struct Recorded: Sendable {
        fileprivate let perf: PerfRecord
        fileprivate let store: ProfileStore

        /// Ends the recording.
        /// - Parameter subject: `nil` throws it away.
        func end(_ subject: Subject?, _ log: Recording) async {
            defer { perf.removeFiles() }
            do {
                // The run has ended: nothing is waiting while perf writes its stacks out.
                try perf.stop()
                guard let subject else { return }
                let profile = try ProfileFormats.read(try perf.script())
                let hash = try store.put(profile.tree.folded)
                log.append(
                    Edit(
                        timestamp: .now, kind: .profile, text: subject.text, run: subject.run,
                        profile: hash.text))
            } catch {
                RunProfiler.warn(error)
            }
        }
    }

    fileprivate static func warn(_ error: any Error) {
        printError("warning: no profile of the run: \(printable("\(error)"))")
    }
}

/// `perf record` of running processes, into a folder of its own.
private struct PerfRecord: Sendable {
    private let child: pid_t
    private let folder: String

    /// Samples a second of each thread. No multiple of what programs do every 10 ms.
    private static let frequency = 99
    /// Perf writes what is buffered when it ends.
    private static let longestStop = Duration.seconds(10)

    init(pids: [Int32]) throws {
        let root = TemporaryFiles.root
        var template = Array("\(root)/tracker-profile-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw CommandFailure("cannot make a folder in \(root): \(systemMessage(errno))")
        }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let list = pids.map(String.init).joined(separator: ",")
        child = try Self.program(
            "exec perf record -F \(Self.frequency) -g -p \"$2\" -o \"$1\"/data > \"$1\"/said 2>&1",
            [folder, list]
        ).spawn()
    }

    /// Words for a shell, as the output goes to a file.
    private static func program(_ script: String, _ arguments: [String]) -> MeasuredProgram {
        var program = MeasuredProgram(words: ["/bin/sh", "-c", script, "sh"] + arguments)
        program.readsInput = false
        return program
    }

    func stop() throws {
        // Perf ends at SIGINT, and writes what it has.
        kill(child, SIGINT)
        let begin = ContinuousClock.now
        var status: Int32 = 0
        while true {
            let ended = unsafe waitpid(child, &status, WNOHANG)
            if ended == child { break }
            if ended < 0 && errno != EINTR { break }
            if ContinuousClock.now - begin > Self.longestStop {
                kill(child, SIGKILL)
                while unsafe waitpid(child, &status, 0) < 0 && errno == EINTR {}
                throw CommandFailure("perf did not end within \(Self.longestStop)")
            }
            usleep(Self.pollMicroseconds)
        }
        guard unsafe access("\(folder)/data", R_OK) == 0 else { throw CommandFailure(reason()) }
    }

    private static let pollMicroseconds: UInt32 = 5_000

    /// The stacks as text.
    func script() throws -> [UInt8] {
        let usage = try Self.program(
            "exec perf script -i \"$1\"/data -F comm,pid,tid,time,event,ip,sym,dso"
                + " > \"$1\"/stacks 2> \"$1\"/said", [folder]
        ).execute(RunningProgram())
        guard usage.end == .exited(0) else { throw CommandFailure(reason()) }
        let stacks = try SmallFile.read("\(folder)/stacks", maxBytes: ProfileLimits.maxBytes)
        guard !stacks.isEmpty else {
            throw CommandFailure(
                "perf saw no sample: the target used no processor while it was tested")
        }
        return stacks
    }

    /// What perf said, and what helps.
    private func reason() -> String {
        let said = SmallFile.systemText("\(folder)/said") ?? ""
        if said.contains("not found") {
            return "perf is not installed (Debian: apt-get install linux-perf)"
        }
        let lines = said.split(separator: "\n").map(String.init).filter { $0.contains(" ") }
        var text = "perf: " + (lines.first ?? "it ended without a word")
        if let level = SmallFile.systemText("/proc/sys/kernel/perf_event_paranoid") {
            text +=
                " (kernel.perf_event_paranoid is \(level); up to 2 a user may record"
                + " programs of one's own)"
        }
        return text
    }

    func removeFiles() {
        for name in ["data", "data.old", "said", "stacks"] { unsafe unlink("\(folder)/\(name)") }
        unsafe rmdir(folder)
    }
}
