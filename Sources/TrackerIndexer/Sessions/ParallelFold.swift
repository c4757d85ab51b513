import Dispatch
import Synchronization
package import TrackerLog

/// Folds one session on several threads. Each takes one segment after another and folds them into
/// its private state; then the states are merged. Which thread took which segment does not matter:
/// see `SessionState`.
package final class ParallelFold: FoldStrategy {
    private let threads: Int
    /// Set once the session has to be folded by one thread; it then stays so.
    private var alone: FoldTools?

    private let isStopped: @Sendable () -> Bool

    /// - Parameter isStopped: asked between two segments, from any thread.
    package init(threads: Int, isStopped: @escaping @Sendable () -> Bool = { false }) {
        self.threads = threads
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
                    listing, in: storage, threads: threads, isStopped: isStopped,
                    folded: folded)
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
        _ listing: SessionListing, in storage: any Storage, threads: Int,
        isStopped: @Sendable () -> Bool, folded: @Sendable (_ bytes: Int, _ events: Int) -> Void
    ) throws(StorageError) -> Bool {
        let tools = FoldTools()
        let rules = try rules(of: listing, in: storage, tools)
        let new = listing.segments.filter { inputs[$0.name.fileName] == nil }
        // Segments that are partly folded, have grown or were replaced are left to one thread.
        let unchanged = listing.segments.filter { isUnchanged($0, rules) }
        guard unchanged.count == inputs.count, new.count + inputs.count == listing.segments.count,
            new.allSatisfy({ $0.status != nil })
        else { return false }
        let batch = Array(new.prefix(threads * IndexLimits.segmentsPerThread))
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
                    batch[at], rules[batch[at].name.fileName] ?? .everything, storage, tools)
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

    /// Whether a segment has nothing new, by the same test as `update`.
    private func isUnchanged(
        _ segment: SessionListing.Segment, _ rules: [String: SegmentRule]
    ) -> Bool {
        guard let known = inputs[segment.name.fileName], let status = segment.status else {
            return false
        }
        let rule = rules[segment.name.fileName] ?? .everything
        return known.isUpToDate(status, rule)
    }
}
