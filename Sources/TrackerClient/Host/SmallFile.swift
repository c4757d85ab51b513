import Glibc

/// Reads whole small files: settings, request bodies, `/proc`.
package enum SmallFile {
    /// - Returns: the file's bytes.
    /// - Throws: `ClientError.file` when it cannot be read, is no regular file, or is longer than
    /// `maxBytes`.
    package static func read(_ path: String, maxBytes: Int) throws(ClientError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path, errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, errno) }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= maxBytes else {
                throw .file(path: path, reason: "longer than \(maxBytes) bytes")
            }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// The same; `nil` when there is no such file.
    package static func readIfPresent(
        _ path: String, maxBytes: Int
    ) throws(ClientError) -> [UInt8]? {
        guard unsafe access(path, F_OK) == 0 else { return nil }
        return try read(path, maxBytes: maxBytes)
    }

    /// The text of a file of the system, without the white space around it; `nil` when it cannot be
    /// read.
    package static func systemText(_ path: String) -> String? {
        do throws(ClientError) {
            let bytes = try read(path, maxBytes: ClientLimits.maxEnvironmentFileBytes)
            return trimmed(String(decoding: bytes, as: UTF8.self))
        } catch {
            // Not every kernel and container shows every file.
            return nil
        }
    }

    private static func failure(_ path: String, _ code: Int32) -> ClientError {
        .file(path: path, reason: unsafe String(cString: strerror(code)))
    }
}

/// The text without white space at both ends.
func trimmed(_ text: some StringProtocol) -> String {
    let start = text.drop { $0.isWhitespace }
    let end = start.reversed().drop { $0.isWhitespace }
    return String(String(end.reversed()))
}
