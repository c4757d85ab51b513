import Glibc
import TrackerClient
import TrackerLog

/// The process that holds the lock of an index: another server, or a command.
struct IndexHolder: Hashable {
    var process: Int
    /// Its command line; `nil` where the system does not show it.
    var command: String?

    /// - Returns: `nil` if no process holds the lock, or the system does not say who.
    static func find(dataFolder: String) -> IndexHolder? {
        var status = stat()
        let path = "\(dataFolder)/\(DataLayout.indexLock)"
        guard unsafe stat(path, &status) == 0,
            let locks = SmallFile.systemText("/proc/locks"),
            let process = holder(ofInode: UInt64(status.st_ino), locks: locks),
            process != Int(getpid())
        else { return nil }
        let words = SmallFile.systemText("/proc/\(process)/cmdline")?.split(separator: "\0")
        return IndexHolder(
            process: process,
            command: words.map { $0.map { String($0) }.joined(separator: " ") })
    }

    /// The process of a lock by `flock`, from the text of `/proc/locks`:
    /// `3: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF`. A line that waits has `->` second.
    static func holder(ofInode inode: UInt64, locks: String) -> Int? {
        for line in locks.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK",
                words[5].split(separator: ":").last.flatMap({ UInt64($0) }) == inode
            else { continue }
            return Int(words[4])
        }
        return nil
    }

    /// What a second server says.
    func notice(dataFolder: String) -> String {
        let name = command.map { ", `\($0)`" } ?? ""
        return "note: process \(process)\(name) keeps the index of \(dataFolder)."
            + " This server shows and receives everything as well; what it folds it does not save."
    }
}
