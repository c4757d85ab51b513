import Dispatch
import Synchronization
package import TrackerLog

/// Folds one session on several threads. Each takes one segment after another and folds them into
/// its private state; then the states are merged. Which thread took which segment does not matter:
/// see `SessionState`.
package final class ParallelFold: FoldStrategy {
    private let threads: Int
    private let bytesPerThread: Int
    /// Set once the session has to be folded by one thread; it then stays so.
    private var alone: FoldTools?

    private let isStopped: @Sendable () -> Bool

    /// - Parameters:
    ///   - bytesPerThread: see `IndexLimits.bytesPerThread`.
    ///   - isStopped: asked between two segments, from any thread.
    package init(
        threads: Int, bytesPerThread: Int = IndexLimits.bytesPerThread,
        isStopped: @escaping @Sendable () -> Bool = { false }
    ) {
        self.threads = threads
        self.bytesPerThread = bytesPerThread
        self.isStopped = isStopped
    }

    @discardableResult
    package func fold(
        _ index: SessionIndex, _ listing: SessionListing, in storage: any Storage,
        folded: @Sendable (_ bytes: Int, _ events: Int) -> Void
    ) -> Bool {
        let before = index.foldedBytes
        if alone == nil {
            do throws(StorageError) {
                let isTogether = try index.foldTogether(
                    listing, in: storage, threads: threads, bytesPerThread: bytesPerThread,
                    isStopped: isStopped, folded: folded)
                if isTogether, index.problem == nil { return index.foldedBytes != before }
                // Two segments contain a frame of the same identity, or a known file has changed:
                // that needs one state for all. And one unreadable file must not hide the others.
            } catch {
                // `update` below meets the same error, and reports it.
            }
        }
        let tools = alone ?? FoldTools()
        alone = tools
        return tools.fold(index, listing, in: storage, folded: folded)
    }
}

extension SessionIndex {
    /// A part of a session, folded by one thread and then handed to the merging one.
    private struct Part: @unchecked Sendable {
        let index: SessionIndex
    }

    /// Folds one batch of new segments on all threads; the rest is left unread.
    /// - Returns: `false`, with nothing folded, when the session has to be folded by one thread.
    func foldTogether(
        _ listing: SessionListing, in storage: any Storage, threads: Int, bytesPerThread: Int,
        isStopped: @Sendable () -> Bool, folded: @Sendable (_ bytes: Int, _ events: Int) -> Void
    ) throws(StorageError) -> Bool {
        let tools = FoldTools()
        let rules = try rules(of: listing, in: storage, tools)
        let new = listing.segments.filter { inputs[$0.fileName] == nil }
        // Segments that are partly folded, have grown or were replaced are left to one thread.
        let unchanged = listing.segments.filter { isUnchanged($0, rules) }
        guard unchanged.count == inputs.count, new.count + inputs.count == listing.segments.count,
            new.allSatisfy({ $0.status != nil })
        else { return false }
        let least = threads * IndexLimits.segmentsPerThread
        let bytes =
            threads * bytesPerThread
            + IndexLimits.fewestStepBytes(files: listing.segments.count)
        let batch = Self.batch(of: new, least: least, bytes: bytes)
        let next = Atomic(0)
        let parts = Mutex<[Part]>([])
        let (user, session) = (user, session)
        DispatchQueue.concurrentPerform(iterations: min(threads, batch.count)) { _ in
            let part = SessionIndex(user: user, session: session)
            let tools = FoldTools()
            while true {
                let at = next.add(1, ordering: .relaxed).oldValue
                guard at < batch.count else { break }
                let before = part.state.events
                part.foldPart(
                    batch[at], rules[batch[at].fileName] ?? .everything, storage, tools)
                folded(batch[at].status?.size ?? 0, part.state.events - before)
                if isStopped() { break }
            }
            let folded = Part(index: part)
            parts.withLock { $0.append(folded) }
        }
        for part in parts.withLock({ $0 }) where !merge(part.index) {
            reset()
            return false
        }
        // An empty file counts as one byte: it still has to be recorded in `inputs`.
        let taken = min(batch.count, next.load(ordering: .relaxed))
        leaveUnread(new.dropFirst(taken).reduce(0) { $0 + max(1, $1.status?.size ?? 0) })
        return true
    }

    /// The segments of the next batch. Each batch looks through the list of all files, so more
    /// files have to mean larger batches.
    private static func batch(
        of new: [SessionListing.Segment], least: Int, bytes: Int
    ) -> ArraySlice<SessionListing.Segment> {
        var room = bytes
        let small = new.prefix { segment in
            room -= (segment.status?.size ?? 0) + IndexLimits.fileStepBytes
            return room >= 0
        }
        return new.prefix(max(small.count, least))
    }

    /// Whether a segment has nothing new, by the same test as `update`.
    private func isUnchanged(
        _ segment: SessionListing.Segment, _ rules: [String: SegmentRule]
    ) -> Bool {
        guard let known = inputs[segment.fileName], let status = segment.status else {
            return false
        }
        let rule = rules[segment.fileName] ?? .everything
        return known.isUpToDate(status, rule)
    }
}
