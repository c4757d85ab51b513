import Dispatch
import Synchronization
package import TrackerLog

/// Folds one session by several threads: each takes a segment and the next, and folds them into a
/// state of its own; then the states are merged. It does not matter who took which: see
/// `SessionState`.
package final class ParallelFold: FoldStrategy {
    private let threads: Int
    /// What goes on by one thread, once all together cannot.
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
                // Frames of one identity in two segments, or a file that is not what it was: only
                // one state can tell. And one that cannot be read does not keep the others from
                // the page.
            } catch {
                // As `update` reports it.
            }
        }
        let tools = alone ?? FoldTools()
        alone = tools
        return tools.fold(index, listing, in: storage, folded: folded)
    }
}

extension SessionIndex {
    /// A part of a session, folded by one thread and then handed over.
    private struct Part: @unchecked Sendable {
        let index: SessionIndex
    }

    /// Folds as many new segments as keep all threads busy for a while; the rest is left unread.
    /// - Returns: `false` when the session has to be folded by one thread, and then nothing is
    ///   folded.
    func foldTogether(
        _ listing: SessionListing, in storage: any Storage, threads: Int,
        isStopped: @Sendable () -> Bool, folded: @Sendable (_ bytes: Int, _ events: Int) -> Void
    ) throws(StorageError) -> Bool {
        let tools = FoldTools()
        let rules = try rules(of: listing, in: storage, tools)
        let new = listing.segments.filter { inputs[$0.name.fileName] == nil }
        // What was begun, has grown or was replaced since goes on by one thread.
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
        // An empty file counts too: it has to be noted.
        let taken = min(batch.count, next.load(ordering: .relaxed))
        leaveUnread(new.dropFirst(taken).reduce(0) { $0 + max(1, $1.status?.size ?? 0) })
        return true
    }

    /// Whether nothing is to be done for a segment, as `update` decides it.
    private func isUnchanged(
        _ segment: SessionListing.Segment, _ rules: [String: SegmentRule]
    ) -> Bool {
        guard let known = inputs[segment.name.fileName], let status = segment.status else {
            return false
        }
        let rule = rules[segment.name.fileName] ?? .everything
        return known.status == status && known.ruleHash == rule.hash
    }
}
