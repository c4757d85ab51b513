import Glibc
import Testing
import TrackerTestSupport

@Suite("The self-test on a broken file system", .serialized)
struct SelfTestFaultTests {
    /// What is broken, the checks of which at least one must say so, and whether no other may.
    private static let faults: [(name: String, checks: Set<String>, isExact: Bool)] = [
        ("no-append", ["append", "kill -9"], false), ("split", ["append", "kill -9"], false),
        ("lost", ["kill -9"], false), ("no-lock", ["flock"], true), ("in-place", ["replace"], true),
    ]

    @Test("a broken file system is reported", arguments: faults.indices)
    func broken(index: Int) throws {
        let (name, checks, isExact) = Self.faults[index]
        let folder = try TemporaryFolder()
        let seed = UInt64.random(in: 0...UInt64.max)
        print("\(name): seed \(seed)")
        let output = try Self.run(["run", name, folder.path, "1", String(seed)])
        let found = Set(output.split(separator: "\n").map(String.init))
        #expect(!found.isDisjoint(with: checks), "\(name): \(output)")
        if isExact { #expect(found == checks, "\(name)") }
    }

    private struct Failed: Error {
        var what: String
    }

    /// What the program beside the tests prints.
    private static func run(_ arguments: [String]) throws -> String {
        var path = [CChar](repeating: 0, count: 4096)
        let length = unsafe readlink("/proc/self/exe", &path, path.count)
        guard length > 0 else { throw Failed(what: "/proc/self/exe") }
        let tests = String(decoding: path[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
        let program =
            tests.split(separator: "/").dropLast().map { "/\($0)" }.joined()
            + "/selftest-faults"
        let command = ([program] + arguments).map { "'\($0)'" }.joined(separator: " ")
        guard let stream = unsafe popen(command, "r") else { throw Failed(what: command) }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, stream)
            guard count > 0 else { break }
            output += buffer[..<count]
        }
        let status = unsafe pclose(stream)
        guard status == 0 else { throw Failed(what: "\(command): status \(status)") }
        return String(decoding: output, as: UTF8.self)
    }
}
