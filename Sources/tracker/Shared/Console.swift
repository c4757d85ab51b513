import Glibc
import TrackerLog

/// Input and output of a command: the standard streams of the process, or replacements set by a
/// caller.
///
/// Every command prints through the functions below, never with `print`: no text, whatever its
/// source, may control the terminal.
struct Console: Sendable {
    enum Stream: Int32, Sendable {
        case output = 1
        case error = 2
    }

    /// The descriptor that is read as standard input.
    var input: Int32 = 0
    var isTerminal: @Sendable (Stream) -> Bool = { isatty($0.rawValue) == 1 }
    /// The most columns that a table may take; `nil`: any number.
    var width: @Sendable () -> Int? = { TerminalSize.columns }
    /// The options that command lines in hints get.
    let hints = CommandHints()
    /// What became of standard output.
    let outcome = OutputOutcome()
    var write: @Sendable ([UInt8], Stream) throws -> Void = { try writeAll($0, to: $1.rawValue) }

    /// Writes to standard output, until that fails once: a command that changes something goes on.
    fileprivate func output(_ bytes: [UInt8]) {
        guard outcome.failure == nil else { return }
        do { try write(bytes, .output) } catch { outcome.fail("\(error)") }
    }

    /// Writes to standard error. Where that fails, there is nobody to tell.
    fileprivate func error(_ bytes: [UInt8]) {
        do { try write(bytes, .error) } catch {}
    }

    @TaskLocal static var current = Console()
}

/// The size of the window that standard output is shown in.
private enum TerminalSize {
    /// Where standard output is no terminal, and for one that does not say.
    static let defaultColumns = 80

    static var columns: Int {
        var size = winsize()
        if unsafe ioctl(Console.Stream.output.rawValue, UInt(TIOCGWINSZ), &size) == 0,
            size.ws_col > 0
        {
            return Int(size.ws_col)
        }
        return defaultColumns
    }
}

/// Reads standard input to its end.
/// - Throws: if it is longer than `limit`, which bounds the memory.
func readInput(limit: Int = .max) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = unsafe read(Console.current.input, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else {
            throw CommandFailure("cannot read standard input: \(systemMessage(errno))")
        }
        if count == 0 { return bytes }
        bytes += buffer[..<count]
        guard bytes.count <= limit else {
            throw CommandFailure("standard input is longer than \(limit) bytes: give it in parts")
        }
    }
}

/// Escapes a text for one line of a terminal: hidden characters, those that are invisible or change
/// how their neighbours are shown, become `\u{…}`.
func printable(_ text: String) -> String { VisibleText.escaped(text) }

/// Prints a text and keeps its line breaks; other hidden characters are shown as `\u{…}`.
func printText(_ text: String) {
    Console.current.output(Array(VisibleText.escaped(text, keepsLines: true).utf8))
}

/// Prints one line; a line break within it is shown as `\u{a}`.
func printLine(_ line: String) { printText(printable(line) + "\n") }

/// Prints a value as one line of JSON; hidden characters are escaped.
func printJSON(_ value: JSONValue) { printJSON(part: value.text + "\n") }

/// Prints a part of a JSON value that is printed in several calls.
func printJSON(part text: String) {
    Console.current.output(Array(VisibleText.escapedJSON(text).utf8))
}

/// Prints bytes of the log: unchanged to a file or pipe, hidden characters escaped on a terminal.
func printLog(_ bytes: [UInt8]) {
    guard Console.current.isTerminal(.output) else {
        return Console.current.output(bytes)
    }
    printText(String(decoding: bytes, as: UTF8.self))
}

/// A text in which each command line in backquotes, as in `` `tracker show` ``, works on the folder
/// that the command itself works on.
func hinted(_ text: String) -> String { Console.current.hints.completed(text) }

/// Prints a text and a line break to standard error. Command lines in it work on the same folder:
/// see `hinted`.
func printError(_ text: String) {
    let line = VisibleText.escaped(hinted(text), keepsLines: true) + "\n"
    Console.current.error(Array(line.utf8))
}

/// Shows the progress of a long command. The text moves the cursor, so it is not escaped and must
/// not contain text from the log.
func showProgress(_ text: String) { Console.current.error(Array(text.utf8)) }

/// Writes to a descriptor.
/// - Throws: when the system does not take it: a closed pipe, a full disk.
private func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes {
            unsafe write(descriptor, $0.baseAddress, $0.count)
        }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw CommandFailure(systemMessage(errno)) }
        rest = rest.dropFirst(count)
    }
}
