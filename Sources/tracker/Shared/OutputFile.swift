import ArgumentParser
import Glibc
import TrackerLog

/// What is written in pieces.
protocol WrittenOutput {
    mutating func write(
        to sink: ([UInt8]) throws(StorageError) -> Void
    ) throws(StorageError)
}

extension [UInt8]: WrittenOutput {
    func write(to sink: ([UInt8]) throws(StorageError) -> Void) throws(StorageError) {
        try sink(self)
    }
}

/// Where a command writes what is no text for people: a file that is replaced atomically, or
/// standard output.
enum OutputFile {
    static let standardOutput = "-"

    /// - Parameter output: a path, or - for standard output.
    static func write(_ content: inout some WrittenOutput, to output: String) throws {
        if output == standardOutput {
            do throws(StorageError) {
                return try content.write(to: writeOrFail)
            } catch {
                guard Console.current.outcome.failure != nil else { throw error }
                // `LostOutput` says it, and gives the exit status of all commands.
                throw ExitCode.success
            }
        }
        let (storage, path) = try place(of: output)
        do throws(StorageError) {
            try storage.replace(path, mark: ".\(getpid())") { append throws(StorageError) in
                try content.write(to: append)
            }
        } catch {
            throw CommandFailure(printable("\(error.named(output))"))
        }
    }

    /// The folder of the file, and its name in it.
    static func place(of output: String) throws -> (PosixStorage, StoragePath) {
        let parts = output.parts(separatedBy: "/", omitsEmpty: true)
        guard let name = parts.last, name != ".", name != ".." else {
            throw CommandFailure("\(printable(output)) is not a file")
        }
        let folder = output.utf8.first == UInt8(ascii: "/") ? "/" : "./"
        let parent = folder + parts.dropLast().joined(separator: "/")
        do throws(StorageError) {
            return (try PosixStorage(root: parent, create: false), StoragePath(name))
        } catch {
            throw CommandFailure(printable("\(error.named(output))"))
        }
    }

    /// Refuses to replace what is there, unless the person says so.
    static func checkFree(_ output: String, force: Bool) throws {
        guard output != standardOutput, !force else { return }
        var facts = stat()
        guard unsafe lstat(output, &facts) != 0 else {
            throw CommandFailure(
                "\(printable(output)) exists: give another name, or --force to replace it")
        }
    }

    /// A truncated file is of no use: unlike for text, a closed pipe is an error.
    private static func writeOrFail(_ bytes: [UInt8]) throws(StorageError) {
        var rest = (Console.current.isTerminal(.output) ? forTerminal(bytes) : bytes)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(1, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                Console.current.outcome.fail(systemMessage(code))
                throw StorageError(operation: .append, path: "standard output", code: code)
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Names in a file are as they were logged, and a terminal acts on what is hidden in them.
    private static func forTerminal(_ bytes: [UInt8]) -> [UInt8] {
        // Rows of CSV end with both.
        let lines = bytes.enumerated().filter { index, byte in
            byte != 0x0D || index + 1 == bytes.count || bytes[index + 1] != 0x0A
        }
        let text = String(decoding: lines.map(\.element), as: UTF8.self)
        return Array(VisibleText.escaped(text, keepsLines: true).utf8)
    }
}

extension StorageError {
    /// The same error with the path as the user gave it.
    func named(_ path: String) -> StorageError {
        StorageError(operation: operation, path: path, code: code)
    }
}
