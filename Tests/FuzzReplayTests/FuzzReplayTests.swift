import FuzzTargets
import Glibc
import Testing
import TrackerLog

/// The inputs of `Fuzz/corpus`: where the fuzzer begins, and everything it ever found. No fuzzer is
/// needed to replay them.
@Suite("Fuzz targets keep their promises")
struct FuzzReplayTests {
    /// The corpus is beside the tests, or where the package was linked together from.
    private static func corpus() throws -> any Storage {
        let here = #filePath
        guard let end = here.firstRange(of: "/Tests/")?.lowerBound else { throw NoCorpus() }
        return try PosixStorage(root: String(here[..<end]) + "/Fuzz/corpus", create: false)
    }

    struct NoCorpus: Error {}

    @Test("every input of the corpus, past findings among them", arguments: FuzzTarget.allCases)
    func replay(target: FuzzTarget) throws {
        let storage = try Self.corpus()
        let folder = StoragePath(target.rawValue)
        var inputs = try target.seeds()
        // A target whose seeds reach everything has no folder: git keeps no empty one.
        let hasFolder = try storage.list(.root).contains { $0.name == folder.name }
        for entry in try hasFolder ? storage.list(folder) : [] where entry.kind == .file {
            inputs.append(try storage.readAll(folder.appending(entry.name), limit: 1 << 20))
        }
        #expect(inputs.count >= 2, "the corpus of \(target.rawValue) is not there")
        for input in inputs {
            if let complaint = target.complaint(about: input) {
                let text = String(decoding: input.prefix(200), as: UTF8.self)
                Issue.record("\(target.rawValue): \(complaint); the input begins \(text)")
            }
        }
    }

    /// Those of `connection` are replayed by `RequestFuzzTests`, which need the server's libraries.
    @Test("the corpus is small, and each folder is of a target")
    func size() throws {
        let storage = try Self.corpus()
        var bytes = 0
        for folder in try storage.list(.root) {
            let isKnown = FuzzTarget(rawValue: folder.name) != nil || folder.name == "connection"
            #expect(isKnown, "\(folder.name)")
            for entry in try storage.list(StoragePath(folder.name)) {
                bytes += entry.status?.size ?? 0
            }
        }
        #expect(bytes > 0 && bytes < 1 << 20)
    }
}
