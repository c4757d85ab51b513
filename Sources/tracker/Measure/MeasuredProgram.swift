import Glibc
import TrackerClient
import TrackerLog

/// What one execution of a program took, as the system counts it: the program and the processes
/// that it started and waited for.
struct ProgramUsage: Sendable {
    var start: Timestamp
    var wall: Duration
    var user: Duration
    var system: Duration
    /// The largest resident memory of one process; `nil` where it is not above `leastPeakBytes`.
    var peakBytes: Int?
    /// The system counts the memory of the process before it becomes the program as well: this
    /// tracker's own. A smaller peak is not known.
    var leastPeakBytes: Int
    var end: ProgramEnd
}

/// How a program ended.
enum ProgramEnd: Sendable, Hashable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    /// - Parameter status: of wait4(2).
    init(status: Int32) {
        let signal = status & 0x7F
        self = signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }

    /// The convention of shells: 128 plus the number of the signal.
    var exitStatus: Int32 {
        switch self {
        case .exited(let status): status
        case .signalled(let number): 128 + number
        }
    }

    var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signalled(let number): "signal \(number)"
        }
    }
}

/// A program to execute and measure. It gets its own output on this command's, and its signals as
/// if a shell had started it.
struct MeasuredProgram: Sendable {
    /// The program, looked up in PATH, and its arguments.
    var words: [String]
    /// Whether the program reads this command's standard input: only one of several can.
    var readsInput = true
    var showsOutput = true
    /// Where it is executed; `nil`: in the current folder.
    var folder: String?
    /// Makes it the head of a process group of its own, which no Ctrl-C reaches.
    var group: Group?

    struct Group: Sendable {
        /// Its descriptor 3: it ends when this command does.
        let lifeline: Int32
    }

    /// Executes it and waits for its end.
    /// - Parameter running: may end it from another thread.
    func execute(_ running: RunningProgram) throws(CommandFailure) -> ProgramUsage {
        let start = Timestamp.now
        let begin = ContinuousClock.now
        let child = try spawn()
        let least = Self.ownPeakBytes()
        running.begin(child)
        var state = unsafe siginfo_t()
        // Not reaped yet, so that the number stays this process's while it may be signalled.
        while unsafe waitid(P_PID, id_t(child), &state, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
        let wall = ContinuousClock.now - begin
        running.end()
        var status: Int32 = 0
        var usage = rusage()
        while unsafe wait4(child, &status, 0, &usage) < 0 && errno == EINTR {}
        let peak = Self.peakBytes(usage)
        return ProgramUsage(
            start: start, wall: wall, user: Self.duration(usage.ru_utime),
            system: Self.duration(usage.ru_stime), peakBytes: peak > least ? peak : nil,
            leastPeakBytes: least, end: ProgramEnd(status: status))
    }

    private static func duration(_ time: timeval) -> Duration {
        .seconds(time.tv_sec) + .microseconds(Int64(time.tv_usec))
    }

    /// The largest resident memory of this program. `getrusage` would also count what the process
    /// had before it became this program, such as that of a large shell or test runner.
    private static func ownPeakBytes() -> Int {
        let line = SmallFile.systemText("/proc/self/status")?.split(separator: "\n")
            .first { $0.hasPrefix("VmHWM:") }
        let words = line?.split { $0 == " " || $0 == "\t" } ?? []
        if words.count > 1, let kibibytes = Int(words[1]) { return kibibytes * 1_024 }
        var usage = rusage()
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        return peakBytes(usage)
    }

    /// The system counts in KiB.
    private static func peakBytes(_ usage: rusage) -> Int { usage.ru_maxrss * 1_024 }

    /// This command ignores them, or waits for them on a thread of its own.
    private static let ownSignals =
        [SIGINT, SIGTERM, SIGPIPE, SIGXFSZ] + (StopSignals.endsAtHangup ? [SIGHUP] : [])

    /// The system call for it is not imported.
    private static let changeFolder = "cd \"$1\" && shift && exec \"$@\""

    /// Starts it, and does not wait.
    func spawn() throws(CommandFailure) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard unsafe posix_spawn_file_actions_init(&actions) == 0,
            unsafe posix_spawnattr_init(&attributes) == 0
        else { throw cannotStart(ENOMEM) }
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        if !readsInput {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        if !showsOutput {
            unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        }
        // Threads of the pool block signals, and a program would inherit that.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        if let group {
            unsafe posix_spawn_file_actions_adddup2(&actions, group.lifeline, 3)
            unsafe posix_spawnattr_setpgroup(&attributes, 0)
            flags |= POSIX_SPAWN_SETPGROUP
        }
        var usual = sigset_t()
        unsafe sigemptyset(&usual)
        for number in Self.ownSignals { unsafe sigaddset(&usual, number) }
        unsafe posix_spawnattr_setsigdefault(&attributes, &usual)
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        let all = folder.map { ["/bin/sh", "-c", Self.changeFolder, "sh", $0] + words } ?? words
        var pointers = unsafe all.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        var child: pid_t = 0
        let code = unsafe posix_spawnp(
            &child, all[0], &actions, &attributes, &pointers, environ)
        guard code == 0 else { throw cannotStart(code) }
        return child
    }

    private func cannotStart(_ code: Int32) -> CommandFailure {
        CommandFailure("cannot start \(printable(words[0])): \(systemMessage(code))")
    }
}
