/// How much this target takes from a program that sends metrics, and why.
package enum TelemetryLimits {
    /// A label's value: longer ones are cut, as a path with an id for each request is no label.
    package static let labelBytes = 256

    // MARK: StatsD

    /// A datagram of UDP is never longer.
    package static let datagramBytes = 65_535
    /// Series of a StatsD port at a time: as many as a session shows apart.
    package static let statsdSeries = 10_000
    /// A sampled value stands for the reciprocal of its rate. No client samples more thinly, and
    /// a reciprocal beyond it would say more than was seen.
    package static let smallestSampleRate = 1e-6
    /// A counter without news is recorded as zero for so many intervals, so that a pause is seen.
    package static let counterZeros = 10
    /// Values are gathered for this long: the width of the narrowest bucket of a page.
    package static let statsdInterval = Duration.seconds(1)
    /// Bytes that may wait to be read. The system gives less where its own limit is lower.
    package static let receiveBufferBytes: Int32 = 4 << 20
    /// Datagrams that are read in turn before the time is looked at.
    package static let datagramsPerTurn = 256
    /// The table of UDP sockets has some 130 bytes for each.
    package static let systemTableBytes = 4 << 20
    /// Bytes of what was refused that a message quotes.
    package static let quotedBytes = 80

    // MARK: compressed bodies

    /// A compressed body may become so many times as long: lines of one series become a hundred
    /// times shorter at most, and a bomb is denser.
    static let maxBodyRatio = 250
    /// But so much in any case: a few lines that are all alike are no bomb.
    static let anyRatioBytes = 1 << 20

    // MARK: scrapes

    /// Series of a page of metrics: half of those that a session shows apart. A service has some
    /// hundred.
    package static let scrapedSeries = 5_000

    // MARK: OTLP

    /// A body, decompressed: an export of ten thousand histograms has 4 MB. It is held as a whole,
    /// and one at a time.
    package static let maxExportBytes = 16 << 20
    /// Series whose last point is remembered, to count what came since: a histogram takes about
    /// half a kilobyte.
    package static let maxExportSeries = 20_000
    /// Sets of labels of one metric in a run, and of all its metrics: the index lists 10,000 series
    /// of a session. Beyond them the values of a metric count together.
    package static let maxLabelSets = 1_000
    package static let maxLabelSetsOfRun = 5_000
    /// Runs that are remembered: one for each resource that sends.
    package static let maxExportRuns = 1_000
    /// Bodies that are recognised when they come again: a program sends one a minute, or of spans
    /// one every five seconds.
    package static let maxKnownBodies = 10_000
    /// Spans that are recognised when they come again, in another body.
    package static let maxKnownSpans = 100_000
    /// Batches that the disk did not confirm, kept until they are sent again.
    package static let maxUnconfirmed = 32
    /// Sessions that one body may name: each is a file to open.
    package static let maxExportSessions = 100
    /// Metrics of a run that are declared as counts; the index keeps 4,000 of a session.
    package static let maxDeclared = 1_000
    /// Bytes of the events of a frame, at most: a quarter of what a frame may have, for what is
    /// not counted.
    package static let frameBytes = 4 << 20
    /// Reasons that an answer names.
    package static let maxNamedReasons = 5
}
