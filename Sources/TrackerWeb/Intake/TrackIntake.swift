import HTTPTypes
import HummingbirdCore
import Logging
import NIOPosix
import Synchronization
import TrackerIndexer
import TrackerLog

/// The answer to a report.
struct TrackAnswer: Sendable {
    let status: HTTPResponse.Status
    /// JSON.
    let body: [UInt8]

    init(_ json: JSONValue, status: HTTPResponse.Status = .ok) {
        var bytes: [UInt8] = []
        json.write(to: &bytes)
        self.status = status
        self.body = bytes
    }

    static func error(_ message: String, status: HTTPResponse.Status) -> TrackAnswer {
        TrackAnswer(Reply.errorJSON(message), status: status)
    }

    /// Keys are refused as the guide's service does it.
    init(_ refusal: ClaimRefusal) {
        let isKey = refusal.status != .serviceUnavailable
        let json: JSONValue =
            isKey
            ? .object([.init("error", .string(refusal.message))])
            : Reply.errorJSON(refusal.message)
        self.init(json, status: refusal.status)
    }

    private static let recorded = TrackAnswer(.object(members))

    private static let members: [JSONValue.Member] = [
        .init("status", .string("ok")), .init("message", .string("Metrics recorded.")),
    ]

    /// With a warning if the report's time dates nothing.
    static func recorded(_ report: TrackReport, now: Timestamp) -> TrackAnswer {
        guard let why = report.timestamp.doubt(writtenAt: now) else { return recorded }
        let warning = "The timestamp \(report.timestamp) \(why)."
        return TrackAnswer(.object(members + [.init("warning", .string(warning))]))
    }
}

/// Takes the body of a report to the log, and says what became of it. Blocks nobody, so that it may
/// be called on an event loop: the answer comes when the event is in the log.
struct TrackIntake: Sendable {
    let history: any IndexReader
    let intake: any EventIntake
    let now: @Sendable () -> Timestamp
    /// `nil` where one key counts for every user, or none does.
    private let claims: UserClaims?
    private let arrivals = BodyArrivals(capacity: WebLimits.maxBodyArrivals)
    private let outcome = LastOutcome()

    /// Whether the last report could not be appended.
    var isRefusing: Bool { outcome.isFailure.load(ordering: .relaxed) }

    init(
        history: any IndexReader, intake: any EventIntake, claims: UserClaims? = nil,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.claims = claims
        self.history = history
        self.intake = intake
        self.now = now
    }

    /// What became of the last append of another kind.
    func note(isFailure: Bool) { outcome.isFailure.store(isFailure, ordering: .relaxed) }

    typealias Completion = @Sendable (TrackAnswer) -> Void

    /// Reports since the server started.
    var counts: (accepted: Int, refused: Int) {
        (outcome.accepted.load(ordering: .relaxed), outcome.refused.load(ordering: .relaxed))
    }

    /// A report was refused before its body was read.
    func noteRefusal() { outcome.refused.wrappingAdd(1, ordering: .relaxed) }

    /// - Parameter completion: called once, on any thread.
    func take(
        _ body: [UInt8], key: GivenKey, logger: Logger, completion: @escaping Completion
    ) {
        takeUncounted(body, key, logger: logger) { answer in
            if answer.status == .ok {
                outcome.accepted.wrappingAdd(1, ordering: .relaxed)
            } else {
                noteRefusal()
            }
            completion(answer)
        }
    }

    private func takeUncounted(
        _ body: [UInt8], _ key: GivenKey, logger: Logger, completion: @escaping Completion
    ) {
        do throws(TrackBodyError) {
            let report = try TrackReport(body: body, now: now())
            guard let claims else {
                return append(report, body, logger: logger, completion: completion)
            }
            claims.check(report.user, key) { refusal in
                if let refusal { return completion(TrackAnswer(refusal)) }
                append(report, body, logger: logger, completion: completion)
            }
        } catch {
            completion(.error(error.message, status: .badRequest))
        }
    }

    private func append(
        _ report: TrackReport, _ body: [UInt8], logger: Logger, completion: @escaping Completion
    ) {
        guard !report.isTimestampGiven else {
            return append(report, logger: logger, completion: completion)
        }
        // When it arrived first may have to be read from the disk.
        NIOThreadPool.singleton.submit { state in
            guard case .active = state else { return completion(Self.notRecorded) }
            do throws(TrackBodyError) {
                let dated = try self.dated(report, body)
                append(dated, logger: logger, completion: completion)
            } catch {
                completion(.error(error.message, status: .badRequest))
            }
        }
    }

    private func append(
        _ report: TrackReport, logger: Logger, completion: @escaping Completion
    ) {
        intake.append(
            user: report.user, session: report.session, events: report.events,
            identity: report.identity
        ) { error in
            note(isFailure: error != nil)
            if let error {
                logger.error(
                    "an event could not be appended", metadata: ["error": "\(error)"])
                return completion(Self.answer(to: error))
            }
            history.appended(
                to: DataFolder.SessionKey(user: report.user, session: report.session))
            completion(.recorded(report, now: now()))
        }
    }

    /// A body without a timestamp has that of its first arrival, also when it is sent again.
    ///
    /// A retry is appended like any other report, and counts once by its frame's identity: whether
    /// the first attempt is still in the log, only the log knows.
    private func dated(
        _ report: TrackReport, _ body: [UInt8]
    ) throws(TrackBodyError) -> TrackReport {
        let first = arrivals.arrival(of: report.digest) {
            firstArrival(of: report) ?? report.timestamp
        }
        return try first == report.timestamp ? report : TrackReport(body: body, now: first)
    }

    /// Of a report that an earlier process of the server took.
    private func firstArrival(of report: TrackReport) -> Timestamp? {
        history.session(user: report.user, session: report.session)?.summary.runs
            .first { $0.run.isExactly(report.run) }?.finished
    }

    private static let notRecorded = TrackAnswer.error(
        "The metrics were not recorded. Send them again; the server's log has the reason.",
        status: .serviceUnavailable)

    /// An append that the disk has not answered is neither recorded nor lost, and the answer says
    /// so: a program that keeps what failed for later must know that it may be there.
    private static func answer(to error: any Error) -> TrackAnswer {
        guard let error = error as? LogError, error.mayBeRecorded else { return notRecorded }
        return .error(
            "The metrics may be recorded: the disk has not confirmed them. Send the same body"
                + " again until it is confirmed; it counts once.", status: .gatewayTimeout)
    }
}

private final class LastOutcome: Sendable {
    let isFailure = Atomic(false)
    let accepted = Atomic(0)
    let refused = Atomic(0)
}
