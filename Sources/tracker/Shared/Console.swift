import Glibc
import TrackerLog

/// Where a command reads and prints: the standard streams of the process, or what a caller puts in
/// their place.
///
/// Every command prints through the functions below, never with `print`: nothing from the log may
/// act on a terminal, wherever a text comes from.
struct Console: Sendable {
    enum Stream: Int32, Sendable {
        case output = 1
        case error = 2
    }

    /// The descriptor that is read as standard input.
    var input: Int32 = 0
    var isTerminal: @Sendable (Stream) -> Bool = { isatty($0.rawValue) == 1 }
    var write: @Sendable ([UInt8], Stream) -> Void = { writeAll($0, to: $1.rawValue) }

    @TaskLocal static var current = Console()
}

/// All of standard input.
func readInput() throws -> [UInt8] {
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
    }
}

/// Text from the log on a terminal, in one line: characters that cannot be seen or that act on
/// their neighbours are shown as `\u{…}`, never sent.
func printable(_ text: String) -> String { VisibleText.escaped(text) }

/// Prints a text, with its own ends of lines; hidden characters in it are shown as `\u{…}`.
func printText(_ text: String) {
    Console.current.write(Array(VisibleText.escaped(text, keepsLines: true).utf8), .output)
}

/// Prints one line; an end of a line within it is shown as `\u{a}`.
func printLine(_ line: String) { printText(printable(line) + "\n") }

/// Prints a value as one line of JSON; hidden characters in it are escapes.
func printJSON(_ value: JSONValue) { printJSON(part: value.text + "\n") }

/// Prints a part of one JSON value.
func printJSON(part text: String) {
    Console.current.write(Array(VisibleText.escapedJSON(text).utf8), .output)
}

/// Prints bytes of the log: as they are into a file or a pipe, made visible on a terminal.
func printLog(_ bytes: [UInt8]) {
    guard Console.current.isTerminal(.output) else {
        return Console.current.write(bytes, .output)
    }
    printText(String(decoding: bytes, as: UTF8.self))
}

/// Prints a text and an end of line to standard error.
func printError(_ text: String) {
    let line = VisibleText.escaped(text, keepsLines: true) + "\n"
    Console.current.write(Array(line.utf8), .error)
}

/// Shows how far a long command is. The text comes from this program alone, and moves the cursor.
func showProgress(_ text: String) { Console.current.write(Array(text.utf8), .error) }

/// Writes to a descriptor. One that takes nothing more (a closed pipe) is no reason to fail.
private func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes {
            unsafe write(descriptor, $0.baseAddress, $0.count)
        }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}
