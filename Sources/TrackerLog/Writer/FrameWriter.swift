/// What makes frames. Writers whose frames are written by the same thread share it: it has most of
/// the memory that a writer takes.
final class FrameTools {
    private(set) lazy var encoder = FrameEncoder()
    /// Assembles batches that share a frame.
    let lines = LineBuffer(headerRoom: 0)
}

/// The writing half of a `SessionWriter`: frames, sequence numbers and the backlog. Runs only on
/// the writer's queue.
final class FrameWriter {
    private let appender: SegmentAppender
    private let tools: FrameTools
    private let session: String
    private let durability: Durability
    private let now: @Sendable () -> Timestamp
    private let monotonicNow: @Sendable () -> ContinuousClock.Instant

    private var seq = 0
    /// Dropped events that no frame header has reported yet.
    private var drops = 0
    /// The backlog: buffers that could not be written. They are retried first, in order.
    private var backlog: [LineBuffer] = []
    /// Written and emptied buffers, to be reused by callers.
    private var spent: [LineBuffer] = []
    /// Written, and not answered before they are durable.
    private var unconfirmed: [Batch] = []
    private(set) var written = (frames: 0, bytes: 0)
    private var lastError: LogError?
    private var notices: NoticeGate
    var syncIsScheduled = false
    /// How many batches shared the last frame.
    private(set) var lastGroup = 0

    init(
        appender: SegmentAppender, session: String, configuration: WriterConfiguration,
        tools: FrameTools
    ) {
        self.appender = appender
        self.tools = tools
        self.session = session
        durability = configuration.durability
        now = configuration.now
        monotonicNow = configuration.monotonicNow
        notices = NoticeGate(
            intervalMs: configuration.limits.noticeIntervalMilliseconds,
            give: configuration.onNotice)
        appender.onRemoved = { [weak self] in
            self?.notices.removed($0, nowMs: MonotonicTime.now.milliseconds)
        }
    }

    var hasBacklog: Bool { !backlog.isEmpty }
    var backlogBytes: Int { backlog.reduce(0) { $0 + $1.byteCount } }

    /// The buffers written since the last call, for reuse.
    func takeSpent() -> [LineBuffer] {
        defer { spent = [] }
        return spent
    }

    /// See `SegmentAppender`.
    func beginSync() -> SegmentSync? { appender.beginSync() }
    func endSync(_ sync: SegmentSync) { appender.endSync(sync, isDurable: sync.wait()) }
    func distrust() { appender.distrust() }
    /// There is something that a sync on another thread does not do.
    var needsSettling: Bool { appender.hasOrphans || (drops > 0 && backlog.isEmpty) }

    /// - Returns: whether a sync should be scheduled now.
    func wantsSync() -> Bool {
        guard appender.hasUnsynced, !syncIsScheduled else { return false }
        syncIsScheduled = true
        return true
    }

    func write(_ work: QueuedLines.Work) {
        drops += work.drops
        backlog.append(contentsOf: work.chunks)
        writeBacklog()
        writeBatches(work.batches)
    }

    private func writeBacklog() {
        var count = 0
        lastError = nil
        for chunk in backlog {
            do throws(LogError) {
                try writeOwnFrame(chunk)
                count += 1
            } catch {
                lastError = error
                break
            }
        }
        for chunk in backlog.prefix(count) {
            chunk.removeAll()
            spent.append(chunk)
        }
        backlog.removeFirst(count)
        if durability == .durable, count > 0, let error = sync() { lastError = error }
    }

    /// Writes the buffer under this writer's next number and reports the drops since the last
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
            // A client's identity can be longer than this writer's own: then the header does not
            // fit before the lines.
            tools.lines.removeAll()
            tools.lines.append(header)
            tools.lines.append(linesOf: chunk)
            return try appendGroup(dropped: header.dropped)
        }
        try result.get()
    }

    /// Group commit: waiting batches share frames and syncs.
    private func writeBatches(_ batches: [Batch]) {
        lastGroup = 0
        var rest = batches[...]
        while let first = rest.popFirst() {
            guard first.begin() else { continue }
            var group = [first]
            var bytes = first.lines.byteCount
            while let next = rest.first, bytes + next.lines.byteCount <= Self.groupBytes {
                rest.removeFirst()
                guard next.begin() else { continue }
                bytes += next.lines.byteCount
                group.append(next)
            }
            var failure: LogError?
            do throws(LogError) {
                try writeGroup(group)
            } catch {
                // Not written: the next frame reuses these numbers, so that readers see no gap.
                failure = error
            }
            lastGroup = group.count
            guard failure != nil || durability != .durable else {
                unconfirmed += group
                continue
            }
            for batch in group { batch.answer.give(failure) }
        }
    }

    var hasUnconfirmed: Bool { !unconfirmed.isEmpty }

    /// Answers what is written at level `durable`, once it is.
    func confirm() {
        guard hasUnconfirmed else { return }
        let failure = sync()
        for batch in unconfirmed { batch.answer.give(failure) }
        unconfirmed = []
    }

    /// Keeps a frame of several batches well below the format's limit.
    private static let groupBytes = 1 << 20

    private func writeGroup(_ batches: [Batch]) throws(LogError) {
        var (nextSeq, unreported) = (seq, drops)
        var headers: [FrameHeader] = []
        for batch in batches {
            if let identity = batch.identity {
                // Without `at` and `dropped`, so that every retry has the same bytes.
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
            tools.lines.removeAll()
            for (batch, header) in zip(batches, headers) {
                tools.lines.append(header)
                tools.lines.append(linesOf: batch.lines)
            }
            try appendGroup(dropped: drops - unreported)
        }
        (seq, drops) = (nextSeq, unreported)
    }

    private func appendGroup(dropped: Int) throws(LogError) {
        defer { tools.lines.release(above: 2 * Self.groupBytes) }
        let result = unsafe tools.lines.withLines { content in
            Result { () throws(LogError) in unsafe try append(content, dropped: dropped) }
        }
        try result.get()
    }

    private func header(seq: Int, events: Int, dropped: Int) -> FrameHeader {
        // The clock may return anything: a time that is not an integer number of milliseconds is
        // omitted.
        FrameHeader(
            session: session, identity: FrameIdentity(writer: appender.writerID, seq: seq),
            events: events, atMs: Int(exactly: now().milliseconds.rounded(.down)), dropped: dropped)
    }

    private func append(_ content: UnsafeRawBufferPointer, dropped: Int) throws(LogError) {
        do throws(LogError) {
            try appender.checkFormat()
            let bytes = unsafe try tools.encoder.withFrame(of: content) { frame throws(LogError) in
                do throws(StorageError) {
                    unsafe try appender.append(frame, now: monotonicNow())
                } catch {
                    throw .storage(error)
                }
                return frame.count
            }
            written.frames += 1
            written.bytes += bytes
        } catch {
            notices.failing(error, nowMs: MonotonicTime.now.milliseconds)
            throw error
        }
        notices.works(dropped: dropped)
    }

    /// Writes a frame with only a header, so that drops are reported even if no more events come.
    private func reportDrops() {
        do throws(LogError) {
            try writeOwnFrame(LineBuffer(headerRoom: 0))
        } catch {
            lastError = error
        }
    }

    private func sync() -> LogError? {
        do throws(StorageError) {
            if durability != .written { try appender.sync(now: monotonicNow()) }
            // A failed close puts the file's last writes in doubt: report it to the waiting caller.
            try appender.reportClosing()
            return nil
        } catch {
            notices.failing(.notDurable(error), nowMs: MonotonicTime.now.milliseconds)
            return .notDurable(error)
        }
    }

    /// Reports pending drops and syncs as the durability level requires.
    /// - Returns: the error that remains, if any.
    func settle() -> LogError? {
        if drops > 0, backlog.isEmpty { reportDrops() }
        let failure = sync()
        return lastError ?? failure
    }

    /// Closes the segment and releases its lock. Call it after `settle`.
    /// - Returns: the error reported by the close, if any.
    func close() -> LogError? {
        do throws(StorageError) {
            try appender.close()
            return nil
        } catch {
            return .notDurable(error)
        }
    }
}
