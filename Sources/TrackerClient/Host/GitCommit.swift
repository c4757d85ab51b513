import Glibc
import TrackerLog

/// The commit of the working tree that a test is started in.
package struct GitCommit: Sendable, Hashable {
    /// The full hash.
    package var hash: String
    /// Whether tracked files differ from the commit.
    package var isDirty: Bool

    package init(hash: String, isDirty: Bool) {
        self.hash = hash
        self.isDirty = isDirty
    }

    /// Asks `git` about the current directory.
    /// - Returns: `nil` outside a repository, without `git`, or when it takes too long.
    package static func current() -> GitCommit? {
        let output = ChildProcess.output(
            of: [
                "git", "--no-optional-locks", "status", "--porcelain=v2", "--branch",
                "--untracked-files=no",
            ],
            maxBytes: ClientLimits.maxGitOutputBytes, timeoutMs: ClientLimits.gitTimeoutMs)
        return output.flatMap { parse(status: String(decoding: $0, as: UTF8.self)) }
    }

    /// The commit that a name means in the repository of the current directory: a branch, a tag, a
    /// hash, `HEAD~3`.
    /// - Returns: `nil` where there is none, or no `git`.
    package static func named(_ name: String) -> GitCommit? {
        let output = ChildProcess.output(
            of: [
                "git", "rev-parse", "--verify", "--quiet", "--end-of-options",
                name + "^{commit}",
            ],
            maxBytes: ClientLimits.maxGitOutputBytes, timeoutMs: ClientLimits.gitTimeoutMs)
        guard let output else { return nil }
        let hash = String(decoding: output, as: UTF8.self).filter { !$0.isNewline }
        guard hash.count >= 40, hash.allSatisfy(\.isHexDigit) else { return nil }
        return GitCommit(hash: hash, isDirty: false)
    }

    /// The folders of all working trees of the repository of the current directory.
    package static func workingTrees() -> [String] {
        let output = ChildProcess.output(
            of: ["git", "worktree", "list", "--porcelain"],
            maxBytes: ClientLimits.maxGitOutputBytes, timeoutMs: ClientLimits.gitTimeoutMs)
        let prefix = "worktree "
        return String(decoding: output ?? [], as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    /// Reads what `git status --porcelain=v2 --branch` prints.
    package static func parse(status: String) -> GitCommit? {
        let prefix = "# branch.oid "
        let lines = status.split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix(prefix) }) else { return nil }
        let hash = line.dropFirst(prefix.count)
        // Before the first commit it says `(initial)`.
        guard hash.count >= 40, hash.allSatisfy(\.isHexDigit) else { return nil }
        return GitCommit(hash: String(hash), isDirty: lines.contains { !$0.hasPrefix("#") })
    }
}

/// Runs a program and reads what it prints.
enum ChildProcess {
    /// - Parameter arguments: the program's name, looked up in PATH, then its arguments.
    /// - Returns: the first `maxBytes` of standard output; `nil` when the program is missing,
    ///   fails, or does not end in time (then it is killed).
    static func output(of arguments: [String], maxBytes: Int, timeoutMs: Int32) -> [UInt8]? {
        // The child has only what `spawn` gives it; its end is not held open by a second child.
        guard let ends = PipeEnds() else { return nil }
        defer { close(ends.read) }
        guard let child = spawn(arguments, output: ends.write) else {
            close(ends.write)
            return nil
        }
        close(ends.write)
        let bytes = read(ends.read, maxBytes: maxBytes, timeoutMs: timeoutMs)
        if bytes == nil { kill(child, SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return status == 0 ? bytes : nil
    }

    private static func spawn(_ arguments: [String], output: Int32) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        guard unsafe posix_spawn_file_actions_init(&actions) == 0 else { return nil }
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        var child: pid_t = 0
        let code = unsafe posix_spawnp(
            &child, arguments[0], &actions, nil, &pointers, environ)
        return code == 0 ? child : nil
    }

    /// Reads to the end. What is beyond `maxBytes` is read and thrown away, so that the program can
    /// end.
    private static func read(_ descriptor: Int32, maxBytes: Int, timeoutMs: Int32) -> [UInt8]? {
        let end = ContinuousClock.now + .milliseconds(timeoutMs)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = (end - .now) / .milliseconds(1)
            let ready = unsafe poll(&waiting, 1, Int32(max(0, left)))
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else { return nil }
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer[..<min(count, maxBytes - bytes.count)])
        }
    }
}
