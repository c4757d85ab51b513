import FoundationEssentials
import Glibc
import TrackerLog
import TrackerTestSupport

/// A process that speaks TLS in front of a plain server: with Python's own use of OpenSSL, so that
/// both ends cannot be wrong in the same way. Ends with the value.
final class TLSFront {
    enum Failure: Error {
        case noPipe(Int32)
        case notStarted(Int32)
        case ended(said: String)
    }

    private(set) var port = 0
    private let child: pid_t
    private let input: Int32
    private let output: Int32

    /// - Parameters:
    ///   - port: of the server behind.
    ///   - cut: its end ends the connection without TLS's own.
    init(_ certificate: TestCertificate, port: Int, cut: Bool = false) throws {
        let folder = try TemporaryFolder()
        // The files have been read when the port is said.
        defer { withExtendedLifetime(folder) {} }
        let files = (folder.path + "/certificate.pem", folder.path + "/key.pem")
        try certificate.pem.write(toFile: files.0, atomically: true, encoding: .utf8)
        try TestCertificate.key.write(toFile: files.1, atomically: true, encoding: .utf8)
        let script = #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        var arguments = ["python3", script + "/tls_front.py", files.0, files.1, String(port)]
        if cut { arguments.append("cut") }
        let (toChild, fromChild) = (try Self.makePipe(), try Self.makePipe())
        defer { for end in [toChild.read, fromChild.write] { close(end) } }
        (input, output) = (toChild.write, fromChild.read)
        child = try Self.spawn(arguments, input: toChild.read, output: fromChild.write)
        let line = nextLine() ?? ""
        guard let port = Int(line) else { throw Failure.ended(said: line) }
        self.port = port
    }

    deinit {
        close(input)
        close(output)
        // Another child may have been given its input too.
        kill(child, SIGTERM)
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0 && errno == EINTR {}
    }

    /// The next line that it says, such as `localhost http/1.1`; `nil` when it says none in time.
    func nextLine() -> String? {
        var line: [UInt8] = []
        while true {
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            var byte: UInt8 = 0
            guard unsafe poll(&waiting, 1, 20_000) > 0, unsafe read(output, &byte, 1) == 1 else {
                return nil
            }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
    }

    private static func makePipe() throws -> PipeEnds {
        guard let ends = PipeEnds() else { throw Failure.noPipe(errno) }
        return ends
    }

    private static func spawn(
        _ arguments: [String], input: Int32, output: Int32
    ) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        var child: pid_t = 0
        let code = unsafe posix_spawnp(&child, arguments[0], &actions, nil, &pointers, environ)
        guard code == 0 else { throw Failure.notStarted(code) }
        return child
    }
}
