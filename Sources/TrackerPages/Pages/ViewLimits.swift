/// Every limit of the pages, with its reason.
package enum ViewLimits {
    /// Rows of the session list on one page: 200 rows are about 150 kB.
    package static let sessionsPerPage = 200
    /// Repeats of a session listed below it; further ones have a page of their own.
    static let listedRepeats = 20
    /// Label sets in the table of a session page; further ones are only counted.
    package static let labelRows = 200
    /// Runs in the tables of a session page: further ones are on further pages of it.
    package static let runRows = 200
    /// Columns of the chart over time: about a pixel each on a wide screen.
    package static let maxTimeColumns = 1_000
    /// Periods of activity in the chart over time; with more, breaks would take most of the width.
    package static let maxTimeSpans = 200
    /// Runs with a band above the chart; with more, their names would not fit.
    package static let maxRunBands = 40
    /// Bars of a distribution: wide enough to be distinguished on a phone.
    package static let maxDistributionBars = 64
    /// Single runs drawn thin behind the percentile curve; more could not be distinguished.
    package static let maxThinCurves = 12
    /// Tags offered as filters above the list.
    static let offeredTags = 8
    /// Users offered above the list, by name; a link leads to all of them.
    static let offeredUsers = 8
    /// Targets of a session that the palette has a trend of.
    static let paletteTargets = 5
    /// Sessions in the side bar; the full list is one click away.
    static let recentSessions = 30
    /// Of a commit: as many as tell any two of a repository apart.
    static let commitCharacters = 12
    /// Unread bytes of a session that are told beside its numbers: fewer are read within
    /// milliseconds, and the page would jump.
    static let notedUnreadBytes = 1 << 20
    /// Recording cards in the side bar.
    static let recordingCards = 3
    /// Metrics offered above the key figures: what can be looked through; the rest is searched.
    static let offeredMetrics = 10
    /// Metrics in the list of the rest; a word finds those beyond.
    static let listedMetrics = 200
    /// Characters of the part of a metric's name that is looked for: no name is longer.
    static let maxFindCharacters = 128
    /// Rows of the table of all metrics of a run.
    static let metricRows = 200
    /// Runs or metrics offered where an address names one that is not there.
    static let offeredParts = 20
    /// Characters shown of a name from an address.
    static let shownNameCharacters = 200
    /// With fewer values in each run, each is shown, and no percentile.
    package static let fewValues = 30
    /// With more in all runs together, twenty times the single values that are drawn, percentiles
    /// and curves say more than the newest dots.
    package static let fewTogether = 3_000
    /// Single values that are drawn, the newest: two pixels each on a phone.
    package static let fewDots = 150
    /// Single values with their number beside the dot; numbers of more would touch.
    static let numberedDots = 12
    /// Rows of the table of single values, the newest.
    static let fewRows = 60
    /// Doubts listed below the runs: those of the newest runs.
    static let listedDoubts = 10
    /// Notes marked in the chart over time, and characters of each.
    static let maxPins = 12
    static let pinCharacters = 40
    /// Notes shown in full.
    static let listedNotes = 200
    /// Columns in the table of reported results.
    static let reportedKeys = 12
    /// Names of reported results that have no column, listed below it.
    static let listedReportedNames = 100
    /// Listed names of files that are not segments.
    static let listedFiles = 10
    /// Damaged regions, gaps and lines listed in each table; further ones are only counted.
    package static let listedDamages = 50
    /// The page of a session updates itself while the last event is younger than this.
    static let liveForMs = 10.0 * 60 * 1_000
    /// Groups that one comparison page offers beside A; a list of more is a trend.
    static let comparedGroups = 20
    /// Columns of a curve over the time since the start: a few pixels each.
    static let maxAlignedColumns = 240.0
    /// Sessions offered where the groups of a comparison are typed.
    static let offeredSessions = 200
    /// Runs drawn as single dots in a comparison; more could not be distinguished.
    static let runDots = 60
    /// Points of a trend that are links, the newest; all are drawn.
    static let trendLinks = 200
    /// Runs listed below a trend, the newest.
    static let trendRows = 200
    /// Edits listed below the forms, the newest; `tracker show --json` has all.
    static let listedEdits = 50
    /// Sessions with damaged data listed on the page of the storage, the newest.
    static let listedLosses = 100
    /// Characters of a line of the events in a page that is a file: editors and mail programs take
    /// lines of this length.
    static let embeddedLine = 120
}

extension ViewLimits {
    /// Other profiles of the session that one can be compared with, the latest.
    static let offeredProfiles = 20
    /// Profiles listed on the page of a session, the latest.
    static let listedProfiles = 50
    /// Frames above the shown one that are named.
    static let namedFrames = 12
    /// The part of a picture's width from which a frame has its name in it: some 30 pixels, which
    /// are four characters.
    static let namedFrameWidth = 0.03
    /// The same where the picture is as wide as a phone.
    static let namedFrameWidthOnPhones = 0.1
}
