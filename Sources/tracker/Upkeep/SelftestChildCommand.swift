import ArgumentParser
import TrackerLog
import TrackerUpkeep

/// A child process of `tracker selftest`; not meant for other callers.
struct SelftestChildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest-child", abstract: "A child process of `tracker selftest`.",
        shouldDisplay: false)

    @Option var folder: String
    @Option var role: SelfTestChild.Role
    @Option var writer: String
    @Option var seed: UInt64

    func run() throws {
        let storage = try PosixStorage(root: folder, create: false)
        try SelfTestChild(in: storage, role: role, writer: writer, seed: seed).run()
    }
}

extension SelfTestChild.Role: ExpressibleByArgument {}
