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
        if output == standardOutput { return try content.write(to: writeOrFail) }
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
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(1, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw StorageError(operation: .append, path: "standard output", code: errno)
            }
            rest = rest.dropFirst(count)
        }
    }
}

extension StorageError {
    /// The same error with the path as the user gave it.
    func named(_ path: String) -> StorageError {
        StorageError(operation: operation, path: path, code: code)
    }
}
