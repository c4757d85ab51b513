import TrackerClient
import TrackerLoad
import TrackerLog

/// Executes a program as a run of a session.
struct Measurement {
    let log: Recording
    let program: MeasuredProgram
    let target: String
    let prepare: String?
    let note: String?
    /// Added to the params of each run.
    var params: [JSONValue.Member] = []
    var test = Self.test
    /// What is tested; `nil`: what the recording says.
    var commit: GitCommit?

    /// The kind of test that these runs are.
    static let test = "measure"

    /// - Throws: when the program cannot be started; the run then says so.
    func run(_ running: RunningProgram) throws(CommandFailure) -> ProgramUsage {
        let run = log.startRun(
            test: test, target: target, params: allParams,
            id: RunNaming.generate(test: test), commit: commit)
        if let note { run.note(note) }
        let usage: ProgramUsage
        do throws(CommandFailure) {
            usage = try program.execute(running)
        } catch {
            run.end(.failed, reason: error.description)
            throw error
        }
        let isGood = usage.end.exitStatus == 0
        for metric in CommandMetric.allCases {
            guard let value = metric.value(of: usage) else { continue }
            run.sample(
                metric.rawValue, value, unit: metric.unit, ok: isGood, at: usage.start)
        }
        describe()
        if running.isStopped {
            run.end(.stopped, reason: "stopped while the command was executed")
        } else if isGood {
            run.end()
        } else {
            run.end(.failed, reason: "the command ended with \(usage.end)")
        }
        return usage
    }

    private var allParams: JSONValue {
        var members = [
            JSONValue.Member("command", .array(program.words.map(JSONValue.string)))
        ]
        if let prepare { members.append(.init("prepare", .string(prepare))) }
        return .object(members + params)
    }

    /// What neither name nor unit says.
    private func describe() {
        log.describe(CommandMetric.peakMemory.rawValue, better: .lower)
        log.describe(CommandMetric.exitStatus.rawValue, kind: .count, better: .neither)
    }
}

/// What is recorded of an executed command, a sample a run.
enum CommandMetric: String, CaseIterable {
    case wall = "command.duration_s"
    case user = "command.user_s"
    case system = "command.system_s"
    case peakMemory = "command.peak_memory_bytes"
    case exitStatus = "command.exit_status"

    var unit: String? {
        switch self {
        case .wall, .user, .system: "s"
        case .peakMemory: "B"
        case .exitStatus: nil
        }
    }

    func value(of usage: ProgramUsage) -> Double? {
        switch self {
        case .wall: usage.wall.milliseconds / 1_000
        case .user: usage.user.milliseconds / 1_000
        case .system: usage.system.milliseconds / 1_000
        case .peakMemory: usage.peakBytes.map(Double.init)
        case .exitStatus: Double(usage.end.exitStatus)
        }
    }
}
