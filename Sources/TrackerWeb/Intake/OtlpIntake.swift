import Dispatch
import HTTPTypes
import Logging
import Synchronization
import TrackerIndexer
import TrackerLog
import TrackerTelemetry

/// The answer to an export of OpenTelemetry.
struct OtlpReply: Sendable {
    var status: HTTPResponse.Status
    /// In the encoding of the request.
    var body: [UInt8]
    /// The sender should come again.
    var isRetryable = false
}

/// Takes exports to the log, one after the other: what one counts depends on the one before, and
/// only one is decompressed at a time.
final class OtlpIntake: Sendable {
    private let history: any IndexReader
    private let intake: any EventIntake
    private let claims: UserClaims?
    private let receiver: Mutex<OtlpReceiver>
    private let queue = DispatchQueue(label: "tracker.otlp")
    private let waiting = Atomic(0)

    init(
        history: any IndexReader, intake: any EventIntake, claims: UserClaims?,
        defaults: OtlpDefaults, now: Timestamp
    ) {
        self.history = history
        self.claims = claims
        self.intake = intake
        receiver = Mutex(OtlpReceiver(defaults: defaults, listeningSince: now))
    }

    func take(_ request: OtlpRequest, key: GivenKey, logger: Logger) async -> OtlpReply {
        guard waiting.add(1, ordering: .relaxed).newValue <= WebLimits.maxWaitingExports else {
            waiting.subtract(1, ordering: .relaxed)
            return Self.refusal(
                "Too many exports wait for the log. Send it again.", .serviceUnavailable, request)
        }
        return await withCheckedContinuation { continuation in
            queue.async { [self] in
                let reply = receiver.withLock { receiver in
                    process(request, key, &receiver, logger)
                }
                waiting.subtract(1, ordering: .relaxed)
                continuation.resume(returning: reply)
            }
        }
    }

    static func refusal(
        _ message: String, _ status: HTTPResponse.Status, _ request: OtlpRequest
    ) -> OtlpReply {
        OtlpReply(
            status: status, body: OtlpAnswer.refused(message, encoding: request.encoding),
            isRetryable: status == .serviceUnavailable || status == .gatewayTimeout)
    }

    /// An export may name several users: all of them, or none.
    private func refusal(of batch: OtlpBatch, _ key: GivenKey) -> ClaimRefusal? {
        guard let claims else { return nil }
        for user in Set(batch.parts.map(\.user)).sorted() {
            if let refusal = claims.checkBlocking(user, key) { return refusal }
        }
        return nil
    }

    private func process(
        _ request: OtlpRequest, _ key: GivenKey, _ receiver: inout OtlpReceiver, _ logger: Logger
    ) -> OtlpReply {
        let batch: OtlpBatch
        do throws(OtlpRefusal) {
            batch = try receiver.take(request)
        } catch {
            let status: HTTPResponse.Status = error == .tooLong ? .contentTooLarge : .badRequest
            return Self.refusal(error.message, status, request)
        }
        if let refusal = refusal(of: batch, key) {
            receiver.rollback()
            return Self.refusal(refusal.message, refusal.status, request)
        }
        var written = 0
        do {
            for part in batch.parts {
                for frame in part.frames {
                    try intake.append(
                        user: part.user, session: part.session, events: frame.events,
                        identity: frame.identity)
                    written += 1
                }
                history.appended(
                    to: DataFolder.SessionKey(user: part.user, session: part.session))
            }
        } catch {
            logger.error("an export could not be appended", metadata: ["error": "\(error)"])
            let mayBeRecorded = (error as? LogError)?.mayBeRecorded ?? false
            guard written > 0 || mayBeRecorded else {
                receiver.rollback()
                return Self.refusal(
                    "Nothing was recorded. Send it again; the server's log has the reason.",
                    .serviceUnavailable, request)
            }
            receiver.keep(batch)
            return Self.refusal(
                "A part may be recorded: the disk has not confirmed all of it. Send the same body"
                    + " again; it counts once.", .serviceUnavailable, request)
        }
        receiver.commit(batch)
        return OtlpReply(
            status: .ok,
            body: OtlpAnswer.taken(
                request.signal, rejected: batch.rejected, message: batch.message,
                encoding: request.encoding))
    }
}
