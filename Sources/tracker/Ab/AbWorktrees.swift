import Glibc
import TrackerClient
import TrackerLog

/// Working trees of commits, built once, beside that of the user.
struct AbWorktrees {
    /// A commit, and the folder with its files.
    struct Tree: Sendable {
        let name: String
        let commit: GitCommit
        let folder: String
    }

    private(set) var trees: [Tree] = []
    private let parent: String
    /// Of `parent`, as long as the experiment runs: those of one that was killed have none.
    private var lock: Int32 = -1
    private let running: RunningProgram
    private let showsOutput: Bool

    private static let prefix = "tracker-ab-"

    /// - Parameter session: of the experiment; the folders are named after it, so that those of one
    ///   that was killed are found.
    init(session: SessionID, running: RunningProgram, showsOutput: Bool) {
        let temporary = TemporaryFiles.root
        parent = "\(temporary)/\(Self.prefix)\(session.value.filter { $0 != "/" })"
        self.running = running
        self.showsOutput = showsOutput
    }

    /// The commits that the names mean.
    static func commits(_ names: [String]) throws -> [(name: String, commit: GitCommit)] {
        try names.map { name in
            guard let commit = GitCommit.named(name) else {
                throw CommandFailure(
                    "there is no commit \(printable(name)) in the repository of the current"
                        + " folder: `git rev-parse \(printable(name))` says why")
            }
            return (name, commit)
        }
    }

    /// Makes the trees. Call `remove` also where this throws.
    mutating func make(_ commits: [(name: String, commit: GitCommit)], build: String?) throws {
        guard unsafe mkdir(parent, 0o700) == 0 || errno == EEXIST else {
            throw CommandFailure("cannot make \(printable(parent)): \(systemMessage(errno))")
        }
        lock = Self.locked(parent)
        guard lock >= 0 else {
            throw CommandFailure("another tracker ab is at work in \(printable(parent))")
        }
        removeForsaken()
        for (index, (name, commit)) in commits.enumerated() where !running.isStopped {
            let folder = "\(parent)/\(index)"
            // Of an experiment that was killed.
            if unsafe access(folder, F_OK) == 0 { try removeTree(folder) }
            try git(["worktree", "add", "--detach"] + Self.anyway + [folder, commit.hash])
            trees.append(Tree(name: name, commit: commit, folder: folder))
        }
        guard let build else { return }
        for tree in trees where !running.isStopped {
            var program = MeasuredProgram(
                words: ["/bin/sh", "-c", build], readsInput: false, showsOutput: showsOutput)
            program.folder = tree.folder
            let end = try program.execute(running).end
            guard end.exitStatus == 0 || running.isStopped else {
                throw CommandFailure(
                    "--build of \(printable(tree.name)) failed: \(end)"
                        + (showsOutput ? "" : "; --show-output shows what it prints"))
            }
        }
    }

    /// Removes the trees that were made.
    func remove() {
        for tree in trees {
            do {
                try removeTree(tree.folder)
            } catch {
                printError(
                    "warning: \(printable(tree.folder)) could not be removed (\(error)): remove it"
                        + " with `git worktree remove --force`")
            }
        }
        unsafe rmdir(parent)
        close(lock)
    }

    /// Those of experiments of this repository that were killed; `--resume` would make them anew.
    private func removeForsaken() {
        for folder in GitCommit.workingTrees() {
            let parts = folder.split(separator: "/")
            guard parts.count > 1, parts[parts.count - 2].hasPrefix(Self.prefix) else { continue }
            let parent = String(folder.dropLast(parts[parts.count - 1].utf8.count + 1))
            let lock = Self.locked(parent)
            guard lock >= 0 else { continue }
            defer { close(lock) }
            do { try removeTree(folder) } catch { continue }
            unsafe rmdir(parent)
            printError("Removed \(printable(folder)), of an experiment that was killed.")
        }
    }

    /// - Returns: a descriptor that nobody else can have until it is closed; -1 where somebody has.
    private static func locked(_ folder: String) -> Int32 {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return descriptor }
        close(descriptor)
        return -1
    }

    /// Also where git still knows the folder, or has locked it while it was made.
    private static let anyway = ["--force", "--force"]

    private func removeTree(_ folder: String) throws {
        do throws(CommandFailure) {
            try git(["worktree", "remove"] + Self.anyway + [folder])
        } catch {
            // Not all of it is there: it was killed while it made or removed the folder.
            try execute(["rm", "-rf", "--", folder])
            try git(["worktree", "prune"])
        }
    }

    private func git(_ words: [String]) throws(CommandFailure) { try execute(["git"] + words) }

    private func execute(_ words: [String]) throws(CommandFailure) {
        // A stop must not keep it from removing what was made.
        let end = try MeasuredProgram(words: words, readsInput: false, showsOutput: false)
            .execute(RunningProgram()).end
        guard end.exitStatus == 0 else {
            throw CommandFailure("`\(printable(words.joined(separator: " ")))`: \(end)")
        }
    }
}
