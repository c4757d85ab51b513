import ArgumentParser
import TrackerUpkeep

/// The processes that `tracker selftest` starts. Not for people.
struct SelftestChildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest-child", abstract: "A process of `tracker selftest`.",
        shouldDisplay: false)

    @Option var folder: String
    @Option var role: SelfTestChild.Role
    @Option var writer: String
    @Option var seed: UInt64
    @Option var fault: SelfTestChild.Fault?

    func run() throws {
        try SelfTestChild(folder: folder, role: role, writer: writer, seed: seed, fault: fault)
            .run()
    }
}

extension SelfTestChild.Role: ExpressibleByArgument {}
extension SelfTestChild.Fault: ExpressibleByArgument {}
