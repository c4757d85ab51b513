/// The writing half of a `SessionWriter`: frames, sequence numbers, what could not be written yet.
/// Everything here happens on the writer's queue.
final class WriterCore {
    private let appender: SegmentAppender
    private let encoder = FrameEncoder()
    private let session: String
    private let durability: Durability
    private let nowMs: @Sendable () -> Double

    private var seq = 0
    /// Drops that no frame has reported yet.
    private var drops = 0
    /// Chunks that the disk had no room for: written first, in order, when it has.
    private var held: [Chunk] = []
    private(set) var written = (frames: 0, bytes: 0)
    private var lastError: LogError?
    var syncIsScheduled = false

    init(
        appender: SegmentAppender, session: String, durability: Durability,
        nowMs: @escaping @Sendable () -> Double
    ) {
        self.appender = appender
        self.session = session
        self.durability = durability
        self.nowMs = nowMs
    }

    var hasHeld: Bool { !held.isEmpty }
    var heldBytes: Int { held.reduce(0) { $0 + $1.lines.count } }

    /// - Returns: whether a sync should be scheduled now.
    func wantsSync() -> Bool {
        guard appender.hasUnsynced, !syncIsScheduled else { return false }
        syncIsScheduled = true
        return true
    }

    func write(_ work: QueuedLines.Work) {
        drops += work.drops
        held.append(contentsOf: work.chunks)
        writeHeld()
        writeBatches(work.batches)
    }

    private func writeHeld() {
        var count = 0
        lastError = nil
        for chunk in held {
            do throws(LogError) {
                try writeOwnFrame(chunk)
                count += 1
            } catch {
                lastError = error
                break
            }
        }
        held.removeFirst(count)
        if durability == .durable, count > 0, let error = sync() { lastError = error }
    }

    /// Writes the chunk under this writer's next number, and with it the drops since the last
    /// frame.
    private func writeOwnFrame(_ chunk: Chunk) throws(LogError) {
        var content: [UInt8] = []
        content.reserveCapacity(chunk.lines.count + Self.headerBytes)
        header(seq: seq, events: chunk.events, dropped: drops).write(to: &content)
        content.append(contentsOf: chunk.lines)
        try append(content)
        seq += 1
        drops = 0
    }

    /// Room for a header line with a session id of usual length.
    private static let headerBytes = 160

    /// Group commit: waiting batches share frames, and one sync.
    private func writeBatches(_ batches: [Batch]) {
        var rest = batches[...]
        while !rest.isEmpty {
            var content: [UInt8] = []
            var group: [Batch] = []
            var (nextSeq, unreported) = (seq, drops)
            while let batch = rest.first,
                group.isEmpty || content.count + batch.lines.count <= Self.groupBytes
            {
                rest.removeFirst()
                group.append(batch)
                appendSection(batch, seq: &nextSeq, dropped: &unreported, to: &content)
            }
            var failure: LogError?
            do throws(LogError) {
                try append(content)
                (seq, drops) = (nextSeq, unreported)
            } catch {
                // Not written: the next frame takes these numbers, so that no gap is seen.
                failure = error
            }
            if failure == nil, durability == .durable { failure = sync() }
            for batch in group { batch.finish(failure) }
        }
    }

    /// A frame of several batches stays well below what a reader takes.
    private static let groupBytes = 1 << 20

    private func appendSection(
        _ batch: Batch, seq: inout Int, dropped: inout Int, to content: inout [UInt8]
    ) {
        if let identity = batch.identity {
            // Without `at` and drops, and so the same bytes at every retry.
            FrameHeader(session: session, identity: identity, events: batch.events)
                .write(to: &content)
        } else {
            header(seq: seq, events: batch.events, dropped: dropped).write(to: &content)
            seq += 1
            dropped = 0
        }
        content.append(contentsOf: batch.lines)
    }

    private func header(seq: Int, events: Int, dropped: Int) -> FrameHeader {
        // A clock may say anything; what is no whole number of milliseconds is left out.
        FrameHeader(
            session: session, identity: FrameIdentity(writer: appender.writerID, seq: seq),
            events: events, atMs: Int(exactly: nowMs().rounded(.down)), dropped: dropped)
    }

    private func append(_ content: [UInt8]) throws(LogError) {
        let frame = try encoder.frame(of: content)
        do throws(StorageError) {
            try appender.append(frame, nowMs: nowMs())
        } catch {
            throw .storage(error)
        }
        written.frames += 1
        written.bytes += frame.count
    }

    /// A frame of a header alone: a loss is said even when no more events come.
    private func reportDrops() {
        do throws(LogError) {
            try writeOwnFrame(Chunk())
        } catch {
            lastError = error
        }
    }

    private func sync() -> LogError? {
        do throws(StorageError) {
            if durability != .written { try appender.sync(nowMs: nowMs()) }
            // A close that failed makes doubtful what its file had; who waits is told.
            try appender.reportClosing()
            return nil
        } catch {
            return .notDurable(error)
        }
    }

    /// Syncs what the level asks for.
    /// - Returns: what is still not as it should be.
    func settle() -> LogError? {
        if drops > 0, held.isEmpty { reportDrops() }
        let failure = sync()
        return lastError ?? failure
    }

    /// After `settle`: lets go of the segment, and of its lock.
    /// - Returns: what the disk says at closing.
    func close() -> LogError? {
        do throws(StorageError) {
            try appender.close()
            return nil
        } catch {
            return .notDurable(error)
        }
    }
}
