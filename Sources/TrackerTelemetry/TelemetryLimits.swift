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
}
