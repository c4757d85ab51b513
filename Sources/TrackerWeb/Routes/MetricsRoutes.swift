import HTTPTypes
import Hummingbird
import HummingbirdCore
import TrackerIndexer
import TrackerLog
import TrackerTelemetry

/// `GET /metrics`, for Prometheus and whatever reads its text.
struct MetricsRoutes: Sendable {
    let history: any IndexReader
    let reports: TrackIntake
    let version: String
    let statsd: (@Sendable () -> StatsDCounts)?
    let now: @Sendable () -> Timestamp
    private let start = ContinuousClock.now

    init(
        history: any IndexReader, reports: TrackIntake, version: String,
        statsd: (@Sendable () -> StatsDCounts)?, now: @escaping @Sendable () -> Timestamp
    ) {
        self.history = history
        self.reports = reports
        self.version = version
        self.statsd = statsd
        self.now = now
    }

    var routes: [Route] {
        [
            Route(
                pattern: "/metrics", kind: .read, reach: .ownOnly,
                operation: APIOperation(
                    summary: "The tracker's own metrics, as Prometheus text.", answer: .text,
                    answerType: "text/plain"),
                handle: metrics)
        ]
    }

    private func metrics(_ request: RouteRequest) async throws -> Response {
        await history.catchUp(.list)
        let catalog = history.catalog()
        let (runs, leftOut) = latestRuns(catalog)
        let counts = reports.counts
        let text = MetricsText(
            server: .init(
                version: version, uptime: ContinuousClock.now - start,
                accepted: counts.accepted, refused: counts.refused, statsd: statsd?()),
            catalog: catalog, runs: runs, leftOut: leftOut, now: now())
        return Reply.bytes(text.bytes, type: ExpositionWriter.contentType)
    }

    /// The newest run of each of the newest targets, and how many targets more there are. Archived
    /// sessions and runs that a person left out do not count.
    private func latestRuns(_ catalog: Catalog) -> (runs: [LatestRun], leftOut: Int) {
        var seen: Set<ExactText> = []
        var wanted: [(target: String, entry: CatalogEntry)] = []
        for entry in catalog.entries where !entry.isArchived {
            for target in entry.targets where seen.insert(ExactText(target)).inserted {
                // A longer one is no name.
                guard wanted.count < WebLimits.maxMetricsTargets,
                    target.utf8.count <= LogLimits.maxNameBytes
                else { continue }
                wanted.append((target, entry))
            }
        }
        var runs: [LatestRun] = []
        // The targets of a session stand together: it is looked up once.
        var last: PublishedSession?
        for (target, entry) in wanted {
            let key = DataFolder.SessionKey(user: entry.user, session: entry.session)
            if last.map({ ($0.summary.user, $0.summary.session) != (key.user, key.session) })
                ?? true
            {
                last = history.session(user: key.user, session: key.session)
            }
            // Runs are sorted by their start.
            let run = last?.summary.runs.last {
                $0.leftOut == nil && $0.target.isExactly(target)
            }
            if let run { runs.append(LatestRun(run, of: target, in: key)) }
        }
        return (runs, seen.count - runs.count)
    }
}
