import Synchronization
import TrackerLog

/// The options that every command line in a hint needs, so that it can be copied: those that the
/// command was called with.
final class CommandHints: Sendable {
    private let options = Mutex<[String]>([])

    /// - Parameter folder: as it was given with `--data`.
    func use(folder: String) { options.withLock { $0 = ["--data", folder] } }

    /// As words of a command line, quoted for a shell; empty if there are none.
    private var words: String {
        options.withLock { $0 }.map { " " + ShellQuoting.quoted($0) }.joined()
    }

    /// Commands that work on no data folder.
    static let withoutFolder: Set<String> = ["fold", "demo target", "help"]

    /// The text with the options in each command line in backquotes, as in `` `tracker show` ``.
    func completed(_ text: String) -> String {
        let words = words
        guard !words.isEmpty, text.utf8.contains(UInt8(ascii: "`")) else { return text }
        let parts = text.parts(separatedBy: "`")
        return parts.enumerated().map { index, part in
            let isCommand =
                index % 2 == 1 && index < parts.count - 1 && part.utf8.starts(with: "tracker ".utf8)
            guard isCommand else { return part }
            let command = String(part.dropFirst("tracker ".count))
            let isComplete =
                command.contains("--data")
                || Self.withoutFolder.contains {
                    command == $0 || command.utf8.starts(with: "\($0) ".utf8)
                }
            return isComplete ? part : part + words
        }.joined(separator: "`")
    }
}
