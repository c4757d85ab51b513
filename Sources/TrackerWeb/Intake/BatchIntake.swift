import Dispatch
import HTTPTypes
import Logging
import Synchronization
import TrackerIndexer
import TrackerLog
import TrackerTelemetry

/// Where lines go, and how they come.
struct BatchTarget: Sendable {
    let user: UserID
    let session: SessionID
    /// Of the body: `gzip` or `zstd`; `nil` for plain text.
    let coding: String?
    /// The sender's name of the body, for sending it again.
    let key: String?
}

/// Why a request was refused as a whole.
struct BatchRefusal: Error {
    let status: HTTPResponse.Status
    let message: String

    init(_ status: HTTPResponse.Status, _ message: String) {
        self.status = status
        self.message = message
    }
}

struct BatchAnswer: Sendable {
    let status: HTTPResponse.Status
    let json: JSONValue
    /// The same may be taken later.
    var isForLater = false

    init(_ refusal: BatchRefusal) {
        status = refusal.status
        json = Reply.errorJSON(refusal.message)
        isForLater = status == .serviceUnavailable
    }

    /// The lines are in the log, without those that are no events.
    init(taken lines: CheckedLines) {
        let isEmpty = lines.count == 0
        status = isEmpty ? .badRequest : .ok
        var members: [JSONValue.Member] = [
            .init("status", .string(isEmpty ? "error" : lines.refusedCount > 0 ? "partial" : "ok"))
        ]
        if isEmpty { members.append(.init("message", .string("The body has no event."))) }
        members += [
            .init("accepted", .integer(lines.count)),
            .init("refused", .integer(lines.refusedCount)),
        ]
        if !lines.refused.isEmpty {
            members.append(
                .init(
                    "lines",
                    .array(
                        lines.refused.map { line in
                            .object([
                                .init("line", .integer(line.line)),
                                .init("reason", .string(line.reason)),
                            ])
                        })))
        }
        json = .object(members)
    }
}

/// Takes lines to the log. Bodies are unpacked and checked one after the other: each may take a
/// core for a tenth of a second. The disk is waited for apart from that.
final class BatchIntake: Sendable {
    private let history: any IndexReader
    private let intake: any EventIntake
    private let queue = DispatchQueue(label: "tracker.events")
    private let waiting = Atomic(0)
    /// Bytes of lines that are checked and not in the log yet.
    private let held = BodyBudget(limit: WebLimits.maxLineBytesInFlight)
    private let keys = BodyKeys(capacity: WebLimits.maxBodyArrivals)
    private let reports: TrackIntake

    /// - Parameter reports: knows whether the log takes events.
    init(history: any IndexReader, intake: any EventIntake, reports: TrackIntake) {
        self.history = history
        self.intake = intake
        self.reports = reports
    }

    /// Returns when the lines are in the log, or it is known that they will not be.
    func take(_ body: [UInt8], for target: BatchTarget, logger: Logger) async -> BatchAnswer {
        guard waiting.add(1, ordering: .relaxed).newValue <= WebLimits.maxWaitingBatches else {
            waiting.subtract(1, ordering: .relaxed)
            return BatchAnswer(Self.busy)
        }
        return await withCheckedContinuation { continuation in
            queue.async { [self] in
                process(body, target, logger) { [self] answer in
                    waiting.subtract(1, ordering: .relaxed)
                    continuation.resume(returning: answer)
                }
            }
        }
    }

    private static let busy = BatchRefusal(
        .serviceUnavailable, "Too many lines are waiting for the log. Send the same again.")

    private func process(
        _ body: [UInt8], _ target: BatchTarget, _ logger: Logger,
        _ completion: @escaping @Sendable (BatchAnswer) -> Void
    ) {
        let lines: CheckedLines
        do throws(BatchRefusal) {
            let text = try Self.text(body, target)
            try checkKey(target, text)
            lines = CheckedLines(checking: text, listing: WebLimits.maxListedLines)
        } catch {
            return completion(BatchAnswer(error))
        }
        guard lines.count > 0 else { return completion(BatchAnswer(taken: lines)) }
        guard held.take(lines.bytes) else { return completion(BatchAnswer(Self.busy)) }
        intake.append(
            user: target.user, session: target.session, lines: lines, identity: target.identity
        ) { [self] error in
            held.give(lines.bytes)
            reports.note(isFailure: error != nil)
            if let error {
                logger.error("lines could not be appended", metadata: ["error": "\(error)"])
                return completion(BatchAnswer(Self.refusal(of: lines, error, target)))
            }
            history.appended(
                to: DataFolder.SessionKey(user: target.user, session: target.session))
            completion(BatchAnswer(taken: lines))
        }
    }

    private static func text(
        _ body: [UInt8], _ target: BatchTarget
    ) throws(BatchRefusal) -> [UInt8] {
        guard let coding = target.coding else { return body }
        do throws(PackedBody.Failure) {
            return try PackedBody.content(
                of: body, coding: coding, limit: WebLimits.maxUnpackedBytes)
        } catch {
            switch error {
            case .tooLong(let bytes):
                throw BatchRefusal(
                    .contentTooLarge, "Unpacked, the body is longer than \(bytes) bytes.")
            case .tooDense(let ratio):
                throw BatchRefusal(
                    .contentTooLarge,
                    "Unpacked, the body is more than \(ratio) times as long: send it plain.")
            case .damaged(let why):
                throw BatchRefusal(.badRequest, "The \(coding) body is damaged: \(why).")
            }
        }
    }

    /// A key stands for one body: another one under it would count as a damaged copy of the first.
    private func checkKey(_ target: BatchTarget, _ text: [UInt8]) throws(BatchRefusal) {
        guard let key = target.key else { return }
        let name = "\(target.user.directoryName)/\(target.session.directoryName)/\(key)"
        guard keys.isBody(XXHash64.hash(text), of: name) else {
            throw BatchRefusal(
                .unprocessableContent,
                "This Idempotency-Key was sent with another body: nothing was recorded.")
        }
    }

    private static func refusal(
        of lines: CheckedLines, _ error: any Error, _ target: BatchTarget
    ) -> BatchRefusal {
        let isOpen = (error as? LogError)?.mayBeRecorded ?? false
        guard isOpen || lines.frameCount > 1 else {
            return BatchRefusal(
                .serviceUnavailable,
                "Nothing was recorded. Send the same again; the server's log has the reason.")
        }
        let advice =
            target.key == nil
            ? "Look at the session before you send it again: without an Idempotency-Key it would"
                + " count twice."
            : "Send the same again until it is confirmed; it counts once."
        return BatchRefusal(
            isOpen ? .gatewayTimeout : .serviceUnavailable,
            "A part of the lines may be recorded: the disk has not confirmed them. \(advice)")
    }
}

extension BatchTarget {
    /// Of the first frame. The same key makes the same frames, which count once.
    fileprivate var identity: FrameIdentity? {
        key.map { key in
            let digest = SHA256.hexDigest(of: Array("events/\(key)".utf8))
            return FrameIdentity(writer: String(digest.prefix(32)), seq: 0)
        }
    }
}

/// Hashes of the bodies of recent keys. Older ones are judged by the log, which keeps the first.
private final class BodyKeys: Sendable {
    private let bodies: Mutex<RecentValues<UInt64>>

    init(capacity: Int) { bodies = Mutex(RecentValues(capacity: capacity)) }

    /// - Returns: `false` if the key is known with another body.
    func isBody(_ hash: UInt64, of key: String) -> Bool {
        bodies.withLock { bodies in
            bodies.insert(hash, for: key)
            return bodies[key] == hash
        }
    }
}
