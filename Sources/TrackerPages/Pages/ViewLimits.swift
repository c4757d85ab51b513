/// Every limit of the pages in one place, with its reason.
package enum ViewLimits {
    /// Rows of the session list on one page: 200 rows are about 150 kB.
    package static let sessionsPerPage = 200
    /// A filter longer than this is not typed by a person.
    static let maxQueryCharacters = 500
    /// Label sets in the table of a session page; the rest is counted.
    package static let labelRows = 200
    /// Runs in the table of a session page; the rest is counted.
    package static let runRows = 500
    /// Columns of the chart over time: about a pixel each on a wide screen.
    package static let maxTimeColumns = 1_000
    /// Stretches of activity in the chart over time: beyond it breaks would take most of the width.
    package static let maxTimeSpans = 200
    /// Runs with a band of their own above the chart; more would not hold their names.
    package static let maxRunBands = 40
    /// Bars of a distribution: wide enough to be told apart on a phone.
    package static let maxDistributionBars = 64
    /// Single runs drawn thin behind the percentile curve; more is a smear.
    package static let maxThinCurves = 12
    /// Tags offered as filters above the list.
    static let offeredTags = 8
    /// Sessions in the side bar: what fits, and one click away from the rest.
    static let recentSessions = 30
    /// Recording cards in the side bar.
    static let recordingCards = 3
    /// Metrics offered by name above the numbers.
    static let offeredMetrics = 30
    /// Doubts about runs listed below them: of the newest.
    static let listedDoubts = 10
    /// Notes marked in the chart over time, and how much of each.
    static let maxPins = 12
    static let pinCharacters = 40
    /// Notes shown in full.
    static let listedNotes = 200
    /// Columns of what the tools reported.
    static let reportedKeys = 12
    /// Names of files that are no segments.
    static let listedFiles = 10
    /// Damages listed one by one; the rest is counted.
    package static let listedDamages = 50
    /// A session whose last event is younger than this may still grow: its page follows it.
    static let liveForMs = 10.0 * 60 * 1_000
}
