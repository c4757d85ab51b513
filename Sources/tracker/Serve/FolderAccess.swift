import Glibc

/// Who else may change the data folder. `tracker serve` makes a folder for its user alone; one that
/// was there before may be anybody's.
enum FolderAccess {
    /// Lines to print; empty for a folder of this user that nobody else may write to.
    static func warnings(about folder: String) -> [String] {
        var status = stat()
        // What cannot be looked at was opened a moment ago, and is gone: the log will say so.
        guard unsafe stat(folder, &status) == 0 else { return [] }
        return warnings(
            about: printable(folder), owner: status.st_uid, mode: status.st_mode, user: geteuid())
    }

    static func warnings(
        about folder: String, owner: UInt32, mode: UInt32, user: UInt32
    ) -> [String] {
        var warnings: [String] = []
        if owner != user {
            warnings.append(
                "warning: \(folder) belongs to another account (uid \(owner)), which can change"
                    + " everything in it: choose another folder with --data")
        }
        if mode & S_IWOTH != 0 {
            warnings.append(
                "warning: every account of this machine can write to \(folder):"
                    + " take that right away with chmod o-w")
        }
        return warnings
    }
}
