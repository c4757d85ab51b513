/// Every limit of the server, with its reason. `docs/SECURITY.md` quotes these.
package enum WebLimits {
    /// The port that the guide's programs and pages use.
    package static let defaultPort = 8082
    /// A free port is chosen on IPv4, and may be taken on IPv6: so many in turn hardly are.
    static let freePortTries = 8
    /// Sockets that are inspected of those that systemd passed: two can be right.
    static let passedSockets: Int32 = 16
    /// Method, target and version. The longest URL that a page links to is under 1 KiB.
    package static let maxRequestLineBytes = 4 << 10
    /// All header lines together: browsers send about 1 KiB, and this server sets no cookies.
    package static let maxHeaderBytes = 16 << 10
    /// Header lines: browsers send about 20.
    package static let maxHeaderFields = 64
    /// A body is held in memory while it is parsed.
    package static let maxBodyBytes = 8 << 20
    /// A longer body is not parsed on an event loop: that of a report of the guide has 1 KiB, and
    /// so much takes less than a millisecond.
    static let maxLoopBodyBytes = 64 << 10
    /// Content of a compressed body of lines: that of the longest plain one four times over.
    static let maxUnpackedBytes = 32 << 20
    /// Bodies of lines that wait to be checked and written; their bytes count as bodies in flight.
    static let maxWaitingBatches = 64
    /// Bytes of checked lines that are not in the log yet, of all bodies together.
    static let maxLineBytesInFlight = 128 << 20
    /// Refused lines that the answer names; the rest is only counted.
    static let maxListedLines = 100
    /// Of the name of a parameter that does not exist, in the answer: longer than any that does.
    static let shownParameterCharacters = 64
    /// An `Idempotency-Key`: room for a UUID and a name.
    static let maxIdempotencyKeyBytes = 255
    /// Bytes of bodies of all connections together, without the first `maxLoopBodyBytes` of each:
    /// eight of the largest. While a body is parsed it takes a few times as much.
    package static let maxBodyBytesInFlight = 64 << 20
    /// Connections of all listeners together, well below the usual limit of 1,024 descriptors.
    package static let maxConnections = 256
    /// Open event streams. The visible tabs of a browser share one.
    package static let maxLiveStreams = 32
    /// Pages of which it is known what their readers have, at some kilobytes each: of eight open
    /// ones the last eight answers. Any other gets the whole page.
    static let maxKnownPages = 64
    /// Interval of heartbeats on a stream without events, so that a lost client is noticed, and an
    /// open page says to some seconds how current it is.
    package static let liveHeartbeat = Duration.seconds(5)
    /// Delay before a browser reopens a broken stream.
    static let liveRetryMs = 1_000
    /// From a request's first byte to the end of its headers, which usually fit into one packet.
    package static let headerDeadline = Duration.seconds(5)
    /// From the end of the headers to the end of the body: 8 MiB over a slow tunnel.
    package static let bodyDeadline = Duration.seconds(15)
    /// A connection without a request is closed after this time.
    package static let idleTimeout = Duration.seconds(30)
    /// A response is abandoned when the client reads nothing of it for this time.
    package static let stalledWriteTimeout = Duration.seconds(20)
    /// A longer response is sent in pieces of this size, each when the one before has been read:
    /// longer than nearly every page, and read in less than `stalledWriteTimeout` at 13 KiB/s.
    static let responsePieceBytes = 256 << 10
    /// An answer: 10,000 runs of a session with six kilobytes each.
    static let maxAnswerBytes = 64 << 20
    /// Bytes of answers longer than a piece that are not sent yet, of all connections together: two
    /// of the longest. A client that does not read holds one until `stalledWriteTimeout`.
    static let maxAnswerBytesInFlight = 128 << 20
    /// Threads that make pages and answers, and one core fewer than there are in any case: each may
    /// hold an answer a few times over while it makes it.
    static let maxReaderThreads = 4
    /// Requests that wait for one of them: more than the pages of all readers of a team, and each
    /// may take a second.
    static let maxWaitingReaders = 128
    /// A comparison, a trend or a verdict, which read several sessions, with its wait for those
    /// asked before it: longer than anybody waits for a page. Then it opens no further session.
    static let maxQuestionTime = Duration.seconds(20)
    static let questionTooLongText =
        "it takes more than \(maxQuestionTime.components.seconds) seconds here; the commands"
        + " `tracker compare` and `tracker trend` take their time, and what they have read is kept"
    /// After a refusal the rest of the request is read and discarded for this time. Closing at once
    /// would reset the connection, and the client would not see the reason.
    static let lingerTime = Duration.seconds(1)
    /// Connections still open this long after a stop request are closed, so that the process ends
    /// within a second.
    static let shutdownGrace = Duration.milliseconds(600)
    /// epoll, eventfd and timerfd.
    static let descriptorsPerLoop = 3
    /// Descriptors until a server answers: one event loop, the runtime's own, signals, two
    /// listeners, the watched folder, a connection, and the files of one request. With fewer it
    /// does not start: its libraries end a program that cannot make an event loop.
    package static let startDescriptors = 32
    /// Sessions whose writer is kept, at some five kilobytes each: with more in turn each report
    /// makes a file.
    package static let maxKeptWriters = 10_240
    /// Sessions with an open segment. The one that was used least recently is closed for another,
    /// and opened again for its next report, which costs some twenty system calls.
    package static let maxOpenWriters = maxKeptWriters
    /// Where descriptors are few, a quarter of them, but so many in any case.
    package static let fewestOpenWriters = 8

    /// - Parameter descriptors: that the process may have open at a time.
    package static func openWriters(ofDescriptors descriptors: Int) -> Int {
        min(maxOpenWriters, max(fewestOpenWriters, descriptors / 4))
    }
    /// A writer unused for this time is closed; the session's next event opens a new one.
    package static let writerIdleTime = Duration.seconds(300)
    /// Bodies without a time whose first arrival is kept in memory, so that a retry counts once.
    static let maxBodyArrivals = 10_000
    /// `GET /api/track/<user>` returns at most this many runs, the newest.
    static let maxTrackRuns = 10_000
    /// And at most so many bytes of them, so that the answer comes also where each report is long.
    static let maxTrackBytes = 32 << 20
    /// A line of the log has at most 1 MiB; the fields that the server adds to `runDetails` fit
    /// into the rest.
    static let maxDetailsBytes = 1_000_000
    /// The log allows 32 levels of nesting, and the server adds levels (`params.labels`).
    static let maxBodyDepth = 30
    /// Exports of OpenTelemetry that wait while one is read and written: with a disk that does not
    /// answer there are more, and their senders come again.
    static let maxWaitingExports = 32
    /// Verdicts of session pages kept in memory, each a few kilobytes: those of open pages.
    static let maxKeptVerdicts = 256
    /// Sessions cut to a span of time that are kept in memory, each as large as its summary: that
    /// of a page whose panels are asked for next, and of another one.
    static let maxKeptFolds = 2
    /// `GET /metrics` shows the latest run of so many targets, each of a session that stays in
    /// memory with those of open pages, and so many metrics of each: some hundred kilobytes.
    package static let maxMetricsTargets = 20
    package static let maxMetricsPerRun = 12
    /// The form of an edit: the longest note, each byte of it escaped in three, and its other
    /// fields.
    static let maxFormBytes = 256 << 10
    /// Users that are claimed by keys: each takes some 300 bytes of a file that is read as a whole.
    package static let maxClaims = 10_000
    /// Room for so many with the longest names, each byte escaped.
    static let maxClaimFileBytes = 16 << 20
    /// How often a server looks whether another program has changed the claims.
    static let claimsCheckedEvery = Duration.seconds(1)
    /// Rounds of PBKDF2 for a key that is kept: some tens of milliseconds for each guess, and once
    /// for each user and start of the server.
    static let keyHashRounds = 100_000
    /// More in a file would keep a processor busy for seconds.
    package static let maxKeyHashRounds = 2_000_000
    /// 16 are written: two keys that are the same are not known to be.
    static let keySaltBytes = 16...64
    /// A key: longer than any that a person or a generator of passwords makes.
    static let maxKeyBytes = 1 << 10
    /// Keys that wait for their slow hash: the last of them for some seconds.
    static let maxWaitingKeys = 64
    /// Wrong keys of an account or address at once: those of a script with a typing error.
    static let wrongKeys = 20
    /// And then so many a second: half a million a week.
    static let wrongKeysPerSecond = 1.0
    /// Accounts and addresses that have an allowance of their own. Further ones share one.
    static let maxKeyPeers = 1_024
    /// The cookie of readers: words of 64 random bits.
    static let readerTokenWords = 4
    /// The form with the key: each byte of the key and of the longest target escaped in three.
    static let maxLoginBytes = 16 << 10
    /// A name of a host (RFC 1035).
    static let maxHostNameBytes = 253
    /// A key for readers beyond this machine: whoever is on the network may try.
    package static let shortestRemoteKey = 16
}
