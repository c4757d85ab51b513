import TrackerLog

/// Where the spread between runs comes from for a group with too few runs to show it.
package enum RunNoiseRule: Sendable, Hashable {
    /// From earlier runs of the target under like conditions.
    case history
    /// Nowhere: a verdict is about these very runs, not about the next ones.
    case within
    /// A standard deviation that is known: 0.02 is two percent.
    case known(Double)

    /// `history`, `within`, or a share such as `2%` or `0.02`; `nil` if it is none of them.
    package init?(_ text: String) {
        switch text {
        case "history": self = .history
        case "within": self = .within
        default:
            let isPercent = text.hasSuffix("%")
            guard let number = Double(isPercent ? String(text.dropLast()) : text), number > 0,
                number < (isPercent ? 100 : 1)
            else { return nil }
            self = .known(isPercent ? number / 100 : number)
        }
    }

    package var text: String {
        switch self {
        case .history: "history"
        case .within: "within"
        case .known(let share):
            // A share that was given has few digits; their binary form has more.
            NumberFormat.plain.fixed(share * 100, digits: 6, trimsZeros: true) + "%"
        }
    }
}

/// Every limit of the spread between runs in one place, with its reason.
package enum RunNoiseLimits {
    /// Three neighbouring differences: fewer say hardly anything of the next.
    package static let minRuns = 4
    /// The newest ones: an older run says less about today's machine.
    package static let maxRuns = 50
    /// Runs under like conditions after which no older session is looked at. Those too close
    /// together to count are among them.
    static let enoughRuns = 4 * maxRuns
    /// Earlier runs are thinned until they are as far apart as the groups, but not to fewer than
    /// this: fewer say hardly anything.
    static let fewestSpacedRuns = 4
    /// Where so few would be left, the spacing is divided by this, again and again.
    static let spacingStep = 1.5
    /// Runs closer together than this count as one, however few there are: what happens between
    /// sessions does not happen in a session.
    static let shortestSpacingMs = 300_000.0
    /// With fewer, windows shaped like the groups are too few, and neighbours are used.
    static let minWindowDegrees = 4.0
    /// Of groups that show their spread themselves, where earlier runs show more: a drift that few
    /// windows show is uncertain, but counting only them would leave nothing to be found.
    static let fewestDegreesOfDrift = 6.0
    /// A level that changes by so many times what neighbours differ otherwise was changed by
    /// somebody.
    static let stepOfNeighbours = 3.0
    /// A known spread has no uncertainty of its own.
    static let knownDegrees = 1_000.0
}
