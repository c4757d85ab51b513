import ArgumentParser
import Glibc
import Synchronization
import TrackerIndexer
import TrackerLog
import TrackerUpkeep

/// `tracker selftest`: tests whether the file system of the data folder keeps the promises that the
/// log relies on.
struct SelftestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract: "Test whether the log can rely on this file system.",
        discussion: """
            Starts processes that append to one file at the same time, kills some of them and \
            reads the file back; tests locks, atomic replace and directory sync; measures \
            fdatasync. Uses a temporary folder in the data folder and removes it afterwards. What \
            survives a power cut cannot be tested this way.

            Exit status: 0 the file system keeps its promises, 1 it breaks one, 2 the test could \
            not run.

            EXAMPLES
              tracker selftest
              tracker selftest --data /mnt/share/tracker --seconds 30
            """)

    @OptionGroup var data: DataOptions

    @Option(help: "The approximate length of the test, 1 to 3600.")
    var seconds = 4.0

    @Option(help: "The seed of an earlier test, to repeat its random choices.")
    var seed: UInt64?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (1...3_600).contains(seconds) else {
            throw ValidationError("--seconds takes 1 to 3600")
        }
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            // The folder may be one that is to become a data folder.
            let storage = try context.openForDerived(context.openAny())
            let kind = try FileSystemKind(at: storage.rootPath)
            let seed = seed ?? UInt64.random(in: 0...UInt64.max)
            let isStopped = StopFlag()
            let signals = StopSignals { isStopped.set() }
            let folder = try SelfTestFolder(in: storage)
            defer { folder.remove() }
            var test = SelfTestRun(
                storage, folder: folder.name, seed: seed, seconds: seconds
            ) { isStopped.isSet }
            try test.run()
            withExtendedLifetime(signals) {}
            guard !isStopped.isSet else {
                throw ExitCode(StopSignals.exitStatus)
            }
            if json {
                printJSON(Self.json(test, kind, seed))
            } else {
                printText(Self.text(test, kind, seed))
            }
            if test.checks.contains(where: { $0.verdict == .broken }) { throw ExitCode(1) }
        }
    }

    /// Set by a signal.
    private final class StopFlag: Sendable {
        private let flag = Atomic<Bool>(false)
        var isSet: Bool { flag.load(ordering: .relaxed) }
        func set() { flag.store(true, ordering: .relaxed) }
    }

    private static func text(
        _ test: SelfTestRun, _ kind: FileSystemKind, _ seed: UInt64
    ) -> String {
        var lines = ["file system: \(kind.name) (\(kind.kind.rawValue))"]
        if let warning = kind.warning { lines.append("warning: \(warning)") }
        for check in test.checks {
            lines.append("\(check.verdict.rawValue): \(check.name): \(check.text)")
        }
        if let latency = test.latency {
            let p50 = NumberFormat.plain.fixed(latency.p50, digits: 3)
            let p99 = NumberFormat.plain.fixed(latency.p99, digits: 3)
            lines.append(
                "measured: fdatasync p50 \(p50) ms, p99 \(p99) ms (n = \(latency.count))")
        }
        lines.append("seed \(seed)")
        let broken = test.checks.count { $0.verdict == .broken }
        lines.append(
            broken == 0
                ? "this file system keeps all promises that can be tested here"
                : "this file system breaks \(broken) of \(test.checks.count) promises: keep the"
                    + " data on another one and copy it here")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func json(
        _ test: SelfTestRun, _ kind: FileSystemKind, _ seed: UInt64
    ) -> JSONValue {
        let checks = test.checks.map { check in
            JSONValue.object([
                .init("name", .string(check.name)),
                .init("good", .bool(check.verdict == .good)), .init("text", .string(check.text)),
            ])
        }
        let latency = test.latency.map { latency in
            JSONValue.object([
                .init("p50_ms", .double(latency.p50)), .init("p99_ms", .double(latency.p99)),
                .init("count", .integer(latency.count)),
            ])
        }
        return .object([
            .init("good", .bool(!test.checks.contains { $0.verdict == .broken })),
            .init("file_system", .string(kind.name)), .init("class", .string(kind.kind.rawValue)),
            .init("warning", .optional(kind.warning)), .init("checks", .array(checks)),
            .init("fdatasync", latency ?? .null), .init("seed", .string(String(seed))),
        ])
    }
}

/// The temporary folder of a self-test, in the data folder.
final class SelfTestFolder {
    private static let prefix = "selftest-"

    let name: String
    private let storage: PosixStorage
    /// Locked while the folder is in use.
    private var lock: (any StorageFile)?

    init(in storage: PosixStorage) throws(StorageError) {
        self.storage = storage
        name = Self.prefix + Repairer.randomWriterID()
        try Self.removeLeftovers(storage)
        try storage.createDirectory(StoragePath(name))
        let file = try storage.create(StoragePath(name, "lock"))
        _ = try file.lockShared()
        lock = file
    }

    /// Removes the folders of tests that were killed.
    private static func removeLeftovers(_ storage: PosixStorage) throws(StorageError) {
        for entry in try storage.list(.root)
        where entry.kind == .directory && entry.name.hasPrefix(prefix) {
            do throws(StorageError) {
                let file = try storage.openForReading(StoragePath(entry.name, "lock"))
                if try file.lockExclusive() { remove(entry.name, storage) }
            } catch {
                // Another test is creating or removing it.
                continue
            }
        }
    }

    func remove() {
        guard let file = lock else { return }
        lock = nil
        Self.remove(name, storage)
        withExtendedLifetime(file) {}
    }

    private static func remove(_ name: String, _ storage: PosixStorage) {
        do throws(StorageError) {
            for entry in try storage.list(StoragePath(name)) {
                try storage.remove(StoragePath(name, entry.name))
            }
            try storage.remove(StoragePath(name))
        } catch {
            printError("warning: \(error): remove the folder \(name) by hand")
        }
    }
}
