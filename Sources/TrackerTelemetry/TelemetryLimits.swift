/// How much this target takes from a program that sends metrics, and why.
package enum TelemetryLimits {
    /// A label's value: longer ones are cut, as a path with an id for each request is no label.
    package static let labelBytes = 256

    // OTLP

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
