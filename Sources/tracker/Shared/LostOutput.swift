import Glibc

/// What a command does when standard output takes no more.
enum LostOutput {
    /// `EX_IOERR` of sysexits(3), as 64 for a usage error is `EX_USAGE`.
    static let exitStatus: Int32 = 74

    /// Opens the standard streams that the caller has closed, so that no file of the log gets their
    /// numbers and then what is printed. Writing to one is an error, as before.
    static func holdStandardStreams() {
        for stream: Int32 in 0...2 where fcntl(stream, F_GETFD) < 0 {
            // The lowest number that is free.
            _ = unsafe open("/dev/null", O_RDONLY)
        }
    }

    /// Says why, if a write failed.
    /// - Parameter status: that of the command.
    /// - Returns: the exit status.
    static func report(after status: Int32) -> Int32 {
        guard let failure = Console.current.outcome.failure else { return status }
        printError("error: cannot write to standard output: \(failure)")
        return status == 0 ? exitStatus : status
    }

    /// Ends the process when nobody reads its output any more. Only for a command that does nothing
    /// but print, and much of it.
    static func endIfAny() {
        if Console.current.outcome.failure != nil { exit(report(after: 0)) }
    }
}
