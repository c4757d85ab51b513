import Glibc
import TrackerLoad
import TrackerLog

/// A command that starts a server, and how to know that the server is there.
struct AbServer: Sendable {
    let command: String
    /// `nil`: the current one.
    let folder: String?
    /// Asks for an answer.
    let probe: LoadPlan
    let startTimeout: Duration
    let showsOutput: Bool

    /// Runs `body` while the server is there; it is gone afterwards, whatever happened.
    /// - Parameter body: is given whether the server has ended by itself.
    /// - Returns: `nil` where it was stopped before it was there.
    func whileRunning<Value: Sendable>(
        _ stop: StopSwitch, _ body: (_ hasEnded: () -> Bool) async throws -> Value
    ) async throws -> Value? {
        guard await !isReached() else {
            throw CommandFailure(
                "\(probe.origin) is in use, so \(printable(command)) was not started: stop what"
                    + " listens there, or choose another port")
        }
        let process = try StartedServer(self)
        let result: Result<Value?, any Error>
        do {
            let isThere = try await waitForAnswer(process, stop)
            result = .success(isThere ? try await body { process.hasEnded } : nil)
        } catch {
            result = .failure(error)
        }
        await process.end()
        try await waitForPort()
        return try result.get()
    }

    private func waitForAnswer(
        _ process: StartedServer, _ stop: StopSwitch
    ) async throws -> Bool {
        let begin = ContinuousClock.now
        while !stop.isStopped {
            if await answers() { return true }
            let seen = showsOutput ? "" : "; --show-output shows what it prints"
            if process.hasEnded {
                throw CommandFailure(
                    "\(printable(command)) ended before \(probe.origin) answered\(seen)")
            }
            guard ContinuousClock.now - begin < startTimeout else {
                throw CommandFailure(
                    "\(probe.origin) did not answer within"
                        + " \(DurationText.text(of: startTimeout)) of the start of"
                        + " \(printable(command)): is the URL right? --start-timeout gives it"
                        + " longer\(seen)")
            }
            try await Task.sleep(for: .milliseconds(AbLimits.probeMilliseconds))
        }
        return false
    }

    /// The next variant needs the port.
    private func waitForPort() async throws {
        let begin = ContinuousClock.now
        while await isReached() {
            guard ContinuousClock.now - begin < .milliseconds(AbLimits.portMilliseconds) else {
                throw CommandFailure(
                    "\(probe.origin) still accepts connections after \(printable(command)) was"
                        + " ended: it must stay in the foreground, and start nothing that leaves"
                        + " its process group")
            }
            try await Task.sleep(for: .milliseconds(AbLimits.probeMilliseconds))
        }
    }

    /// Whether anything was answered, whatever it was.
    private func answers() async -> Bool { await ask().map { $0.receivedBytes > 0 } ?? false }

    private func isReached() async -> Bool { await ask().map { $0.connectionsMade > 0 } ?? false }

    private func ask() async -> LoadResult? {
        do {
            return try await LoadGenerator(plan: probe).run(observer: Unobserved())
        } catch {
            return nil
        }
    }

    /// One request to the server, GET whatever the load sends: it must change nothing.
    static func probe(_ target: TargetURL, like plan: LoadPlan) throws(LoadError) -> LoadPlan {
        try LoadPlan(
            origin: target.origin, tls: plan.tls, templates: [RequestTemplate(target: target)],
            requests: 1, timeout: .milliseconds(AbLimits.probeTimeoutMilliseconds), shards: 1)
    }
}

private struct Unobserved: LoadObserver {
    func began(at time: Timestamp) {}
    func completed(_ batch: [CompletedRequest]) {}
}

/// A server in a process group of its own.
private final class StartedServer: Sendable {
    private let process: pid_t
    /// Open as long as this command lives: a shell beside the server waits for its end, so that a
    /// killed tracker leaves no server behind.
    private let lifeline: Int32

    /// The shell reads the lifeline as descriptor 3, which the server does not get. Asked to end,
    /// it waits for the server, and starts nothing more.
    private static let script = """
        (trap '' TERM; read -r _; kill -TERM 0; sleep 5; kill -KILL 0) <&3 >/dev/null 2>&1 &
        exec 3<&-
        trap 'exit 143' TERM
        eval "$1"
        """

    init(_ server: AbServer) throws(CommandFailure) {
        // The server must not hold them open.
        guard let ends = PipeEnds() else {
            throw CommandFailure(
                "cannot start \(printable(server.command)): \(systemMessage(errno))")
        }
        defer { close(ends.read) }
        lifeline = ends.write
        var program = MeasuredProgram(
            words: ["/bin/sh", "-c", Self.script, "sh", server.command], readsInput: false,
            showsOutput: server.showsOutput)
        program.folder = server.folder
        program.group = MeasuredProgram.Group(lifeline: ends.read)
        do throws(CommandFailure) {
            process = try program.spawn()
        } catch {
            close(ends.write)
            throw error
        }
    }

    /// Whether the shell has ended. It is not reaped, so that its number stays that of the group.
    var hasEnded: Bool {
        var state = unsafe siginfo_t()
        let code = unsafe waitid(P_PID, id_t(process), &state, WEXITED | WNOWAIT | WNOHANG)
        return unsafe code == 0 && state.si_signo == SIGCHLD
    }

    /// Ends the whole group: asks first, and then does not.
    func end() async {
        kill(-process, SIGTERM)
        let begin = ContinuousClock.now
        while !hasEnded, ContinuousClock.now - begin < .milliseconds(AbLimits.stopMilliseconds) {
            // A cancelled task must end the server all the same.
            do {
                try await Task.sleep(for: .milliseconds(AbLimits.lookMilliseconds))
            } catch { break }
        }
        kill(-process, SIGKILL)
        close(lifeline)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
    }
}
