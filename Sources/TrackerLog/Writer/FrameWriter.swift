import Dispatch

/// The writing half of a `SessionWriter`: frames, sequence numbers, what could not be written yet.
/// Everything here happens on the writer's queue.
final class FrameWriter {
    private let appender: SegmentAppender
    private let encoder = FrameEncoder()
    private let session: String
    private let durability: Durability
    private let nowMs: @Sendable () -> Double

    private var seq = 0
    /// Drops that no frame has reported yet.
    private var drops = 0
    /// Chunks that the disk had no room for: written first, in order, when it has.
    private var held: [LineBuffer] = []
    /// Written and empty, for callers to fill again.
    private var spent: [LineBuffer] = []
    /// Where batches that share a frame are put together.
    private let group = LineBuffer(headerRoom: 0)
    private(set) var written = (frames: 0, bytes: 0)
    private var lastError: LogError?
    private var notices: NoticeGate
    var syncIsScheduled = false

    init(
        appender: SegmentAppender, session: String, configuration: WriterConfiguration
    ) {
        self.appender = appender
        self.session = session
        durability = configuration.durability
        nowMs = configuration.nowMs
        notices = NoticeGate(
            intervalMs: configuration.limits.noticeIntervalMilliseconds,
            give: configuration.onNotice)
        appender.onRemoved = { [unowned self] in
            notices.removed($0, nowMs: Self.uptimeMs)
        }
    }

    /// Of a clock that no one sets.
    private static var uptimeMs: Int { Int(DispatchTime.now().uptimeNanoseconds / 1_000_000) }

    var hasHeld: Bool { !held.isEmpty }
    var heldBytes: Int { held.reduce(0) { $0 + $1.byteCount } }

    /// The chunks that were written since the last call.
    func takeSpent() -> [LineBuffer] {
        defer { spent = [] }
        return spent
    }

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
        for chunk in held.prefix(count) {
            chunk.removeAll()
            spent.append(chunk)
        }
        held.removeFirst(count)
        if durability == .durable, count > 0, let error = sync() { lastError = error }
    }

    /// Writes the chunk under this writer's next number, and with it the drops since the last
    /// frame.
    private func writeOwnFrame(_ chunk: LineBuffer) throws(LogError) {
        try write(chunk, header(seq: seq, events: chunk.events, dropped: drops))
        seq += 1
        drops = 0
    }

    private func write(_ chunk: LineBuffer, _ header: FrameHeader) throws(LogError) {
        let result = unsafe withUnsafeTemporaryAllocation(
            byteCount: header.maxBytes, alignment: 1
        ) { room in
            var line = unsafe ByteWriter(room)
            header.write(to: &line)
            return unsafe chunk.withContent(header: line.written) { content in
                Result { () throws(LogError) in
                    unsafe try append(content, dropped: header.dropped)
                }
            }
        }
        guard let result else {
            // A client's identity is longer than this writer's own: its header has no room there.
            group.removeAll()
            group.append(header)
            group.append(linesOf: chunk)
            return try appendGroup(dropped: header.dropped)
        }
        try result.get()
    }

    /// Group commit: waiting batches share frames, and one sync.
    private func writeBatches(_ batches: [Batch]) {
        var rest = batches[...]
        while let first = rest.popFirst() {
            var group = [first]
            var bytes = first.lines.byteCount
            while let next = rest.first, bytes + next.lines.byteCount <= Self.groupBytes {
                bytes += next.lines.byteCount
                group.append(next)
                rest.removeFirst()
            }
            var failure: LogError?
            do throws(LogError) {
                try writeGroup(group)
            } catch {
                // Not written: the next frame takes these numbers, so that no gap is seen.
                failure = error
            }
            if failure == nil, durability == .durable { failure = sync() }
            for batch in group { batch.answer.give(failure) }
        }
    }

    /// A frame of several batches stays well below what a reader takes.
    private static let groupBytes = 1 << 20

    private func writeGroup(_ batches: [Batch]) throws(LogError) {
        var (nextSeq, unreported) = (seq, drops)
        var headers: [FrameHeader] = []
        for batch in batches {
            if let identity = batch.identity {
                // Without `at` and drops, and so the same bytes at every retry.
                headers.append(
                    FrameHeader(session: session, identity: identity, events: batch.lines.events))
            } else {
                headers.append(
                    header(seq: nextSeq, events: batch.lines.events, dropped: unreported))
                nextSeq += 1
                unreported = 0
            }
        }
        if batches.count == 1 {
            try write(batches[0].lines, headers[0])
        } else {
            group.removeAll()
            for (batch, header) in zip(batches, headers) {
                group.append(header)
                group.append(linesOf: batch.lines)
            }
            try appendGroup(dropped: drops - unreported)
        }
        (seq, drops) = (nextSeq, unreported)
    }

    private func appendGroup(dropped: Int) throws(LogError) {
        defer { group.release(above: 2 * Self.groupBytes) }
        let result = unsafe group.withLines { content in
            Result { () throws(LogError) in unsafe try append(content, dropped: dropped) }
        }
        try result.get()
    }

    private func header(seq: Int, events: Int, dropped: Int) -> FrameHeader {
        // A clock may say anything; what is no whole number of milliseconds is left out.
        FrameHeader(
            session: session, identity: FrameIdentity(writer: appender.writerID, seq: seq),
            events: events, atMs: Int(exactly: nowMs().rounded(.down)), dropped: dropped)
    }

    private func append(_ content: UnsafeRawBufferPointer, dropped: Int) throws(LogError) {
        do throws(LogError) {
            try appender.checkFormat()
            let bytes = unsafe try encoder.withFrame(of: content) { frame throws(LogError) in
                do throws(StorageError) {
                    unsafe try appender.append(frame, nowMs: nowMs())
                } catch {
                    throw .storage(error)
                }
                return frame.count
            }
            written.frames += 1
            written.bytes += bytes
        } catch {
            notices.failing(error, nowMs: Self.uptimeMs)
            throw error
        }
        notices.works(dropped: dropped)
    }

    /// A frame of a header alone: a loss is said even when no more events come.
    private func reportDrops() {
        do throws(LogError) {
            try writeOwnFrame(LineBuffer(headerRoom: 0))
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
            notices.failing(.notDurable(error), nowMs: Self.uptimeMs)
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
