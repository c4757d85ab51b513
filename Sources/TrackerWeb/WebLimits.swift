/// Every limit of the server in one place, with its reason. `docs/SECURITY.md` quotes these.
package enum WebLimits {
    /// Where the guide's programs and pages look for the tracker.
    package static let defaultPort = 8082
    /// Method, target and version. The longest address a page links to is under 1 KiB.
    package static let maxRequestLineBytes = 4 << 10
    /// All header lines together: browsers send about 1 KiB, and there are no cookies here.
    package static let maxHeaderBytes = 16 << 10
    /// Browsers send about 20.
    package static let maxHeaderFields = 64
    /// A body is held in memory in one piece while it is parsed.
    package static let maxBodyBytes = 8 << 20
    /// Connections of all listeners together; well under the usual 1,024 file descriptors.
    package static let maxConnections = 256
    /// Open event streams. A browser keeps one for each visible tab.
    package static let maxLiveStreams = 32
    /// A stream without events says something this often, so that a vanished client is noticed.
    package static let liveHeartbeat = Duration.seconds(15)
    /// How long a browser waits before it opens a broken stream again.
    static let liveRetryMs = 1_000
    /// From a request's first byte to the end of its headers: all of them fit into one packet.
    package static let headerDeadline = Duration.seconds(5)
    /// From the end of the headers to the end of the body: 8 MiB over a slow tunnel.
    package static let bodyDeadline = Duration.seconds(15)
    /// A connection without a request is closed after this long.
    package static let idleTimeout = Duration.seconds(30)
    /// An answer that the client takes nothing of for this long is given up.
    package static let stalledWriteTimeout = Duration.seconds(20)
    /// After a refusal the rest of the request is read and thrown away for this long: closing at
    /// once would reset the connection, and the client would never see why it was refused.
    static let lingerTime = Duration.seconds(1)
    /// What is still open this long after a stop was asked for is closed; the process ends within a
    /// second.
    static let shutdownGrace = Duration.milliseconds(600)
    /// Sessions that are being written to at the same time, each with an open segment.
    package static let maxOpenWriters = 64
    /// A writer nobody appended with for this long is closed; the session's next event opens a new
    /// one.
    package static let writerIdleTime = Duration.seconds(300)
    /// Identities of accepted bodies kept in memory, so that a retry does not grow the log.
    static let maxAcceptedIdentities = 10_000
    /// `GET /api/track/<user>` answers with at most this many runs, the newest.
    static let maxTrackRuns = 10_000
    /// A line of the log holds at most 1 MiB; what the server adds to `runDetails` fits into the
    /// rest.
    static let maxDetailsBytes = 1_000_000
    /// Where the server adds a level of nesting (`params.labels`), the log's limit of 32 must still
    /// hold.
    static let maxBodyDepth = 30
}
