import Glibc
import TrackerLog

/// A child process of the self-test: this program again, with a pipe from its output.
final class SelfTestProcess {
    let identifier: pid_t
    let writer: String
    /// Bytes it has written: one for each completed operation.
    private(set) var done = 0
    private let output: Int32
    private let input: Int32
    private var isOver = false

    /// - Parameter child: arguments that start this program as a child process of the self-test.
    init(
        _ role: SelfTestChild.Role, in folder: String, seed: UInt64, child: [String]
    ) throws {
        writer = XXHash64.hex(seed)
        let (outputs, inputs) = (try Self.makePipe(), try Self.makePipe())
        (output, input) = (outputs.read, inputs.write)
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, inputs.read, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, outputs.write, 1)
        let arguments =
            ["tracker"] + child + [
                "--folder", folder, "--role", role.rawValue, "--writer", writer, "--seed",
                String(seed),
            ]
        var identifier: pid_t = 0
        var list = unsafe arguments.map { unsafe strdup($0) }
        unsafe list.append(nil)
        let code = unsafe posix_spawn(&identifier, "/proc/self/exe", &actions, nil, list, environ)
        for index in unsafe list.indices { unsafe free(list[index]) }
        close(outputs.write)
        close(inputs.read)
        self.identifier = identifier
        guard code == 0 else {
            isOver = true
            throw SelfTestError("cannot start a process of the self-test: \(systemMessage(code))")
        }
    }

    deinit {
        kill()
        close(output)
        close(input)
    }

    private static func makePipe() throws -> PipeEnds {
        guard let ends = PipeEnds() else {
            throw SelfTestError("cannot make a pipe: \(systemMessage(errno))")
        }
        return ends
    }

    /// Counts what it has written so far.
    /// - Parameter milliseconds: how long to wait for output; -1: without limit.
    /// - Returns: `false` at the end of its output.
    @discardableResult
    func listen(milliseconds: Int32) -> Bool {
        var wait = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&wait, 1, milliseconds) > 0 else { return true }
        let count = unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) {
            unsafe read(output, $0.baseAddress, $0.count)
        }
        if count > 0 { done += count }
        return count > 0 || (count < 0 && errno == EINTR)
    }

    /// Kills it with SIGKILL and counts its remaining output.
    /// - Returns: its exit status if it had already ended; `nil` if it was killed.
    @discardableResult
    func kill() -> Int32? {
        guard !isOver else { return nil }
        isOver = true
        Glibc.kill(identifier, SIGKILL)
        while listen(milliseconds: -1) {}
        var status: Int32 = 0
        while unsafe waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : nil
    }
}
