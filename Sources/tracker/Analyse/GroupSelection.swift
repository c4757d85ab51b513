import ArgumentParser
import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// The groups of runs that a command compares, and the earlier runs of their target.
struct GroupSelection {
    let groups: [ComparisonGroup]
    private let selection: RunSelection
    private let context: DataContext

    /// - Parameter names: of a group each, its parts separated by commas.
    /// - Throws: `CommandFailure` when one of them names no runs.
    init(_ names: [String], target: String?, in context: DataContext) throws {
        var selection = RunSelection(
            in: try context.openForReading(), user: context.user, target: target,
            threads: IndexCommand.coreCount)
        do throws(RunSelectionError) {
            var parts: [[String]] = []
            for name in names { parts.append(try selection.parts(of: name)) }
            groups = try selection.groups(parts)
        } catch {
            throw SessionArgument.failure(error, context)
        }
        for warning in selection.warnings { printError("warning: \(printable(warning))") }
        self.selection = selection
        self.context = context
    }

    /// What comparing two of the groups says, and where the change is.
    func answer(
        _ a: ComparisonGroup, _ b: ComparisonGroup, _ settings: ComparisonSettings
    ) throws -> (answer: ComparisonAnswer, parts: ChangeParts?) {
        do {
            let answer = try ComparisonAnswer(a, b, settings: settings) { metric in
                var settings = settings
                settings.metric = metric
                return try earlier([a, b], settings)
            }
            return (answer, ChangeParts(a, b, of: answer.main))
        } catch let error as ComparisonError {
            throw CommandFailure(printable("\(error)"))
        }
    }

    private func earlier(
        _ groups: [ComparisonGroup], _ settings: ComparisonSettings
    ) throws -> RunHistory {
        guard settings.runNoise == .history else { return RunHistory([]) }
        do throws(RunSelectionError) {
            return try selection.history(of: groups, metric: settings.metric)
        } catch {
            throw SessionArgument.failure(error, context)
        }
    }
}

/// The smallest differences that matter, as options of every command that compares two groups.
struct EffectOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The smallest difference that matters to you, such as 2% or 0.02.", valueName: "share"))
    var minEffect: String = "2%"

    @Option(
        help: ArgumentHelp(
            "The same for the error rate, in percentage points.", valueName: "points"))
    var minErrors: String = "0.1pp"

    func validate() throws {
        _ = try share
        _ = try points
    }

    /// `2%` and `0.02` are the same.
    var share: Double {
        get throws {
            let isPercent = minEffect.hasSuffix("%")
            guard let number = Double(isPercent ? String(minEffect.dropLast()) : minEffect),
                number > 0, number < (isPercent ? 100 : 1)
            else {
                throw ValidationError(
                    "--min-effect \"\(minEffect)\": give it as 2% or 0.02, above zero")
            }
            return isPercent ? number / 100 : number
        }
    }

    var points: Double {
        get throws {
            guard minErrors.hasSuffix("pp"), let number = Double(minErrors.dropLast(2)),
                number > 0, number < 100
            else {
                throw ValidationError(
                    "--min-errors \"\(minErrors)\": give it as 0.1pp, above zero")
            }
            return number
        }
    }
}
