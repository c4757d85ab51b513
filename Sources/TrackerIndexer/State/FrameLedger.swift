package import TrackerLog

/// Which frames were folded: writer, sequence number and content hash of each.
///
/// Sequence numbers come nearly always in order, so that a writer is a few runs of neighbours.
/// Numbers that come late wait in a table until they are worth sorting in: any order costs the same
/// in the end.
package struct FrameLedger {
    package enum Insertion {
        case new
        /// The same frame again: it counts once.
        case duplicate
        /// The same identity with another content: both count.
        case conflict
    }

    /// Neighbouring sequence numbers from `first` on.
    struct Run: Hashable {
        var first: Int
        var hashes: [UInt32]
        var end: Int { first + hashes.count }
    }

    /// The numbers of one writer.
    fileprivate struct Numbers {
        /// Ascending, with at least one number missing between each two.
        var runs: [Run] = []
        /// How many numbers the runs hold.
        var count = 0
        /// Numbers below the last run's end, not yet in a run.
        var late: [Int: UInt32] = [:]

        static let fewLate = 1_024
    }

    private var numbers: [ExactText: Numbers] = [:]
    /// All contents of identities that came with more than one.
    private(set) var conflicts: [FrameIdentity: Set<UInt32>] = [:]

    package init() {}

    package mutating func insert(_ identity: FrameIdentity, hash: UInt32) -> Insertion {
        let writer = ExactText(identity.writer)
        var known = numbers.removeValue(forKey: writer) ?? Numbers()
        defer { numbers[writer] = known }
        guard let other = known.hash(of: identity.seq) else {
            known.insert(identity.seq, hash)
            return .new
        }
        guard other != hash else { return .duplicate }
        // The smallest stands for the number, whichever came first.
        known.replace(identity.seq, min(other, hash))
        let isNew = !(conflicts[identity]?.contains(hash) ?? false)
        conflicts[identity, default: []].formUnion([other, hash])
        return isNew ? .conflict : .duplicate
    }

    /// Whether a frame of this identity was folded.
    func contains(_ identity: FrameIdentity) -> Bool {
        numbers[ExactText(identity.writer)]?.hash(of: identity.seq) != nil
    }

    /// Sorts in what came late: then equal sets have equal runs.
    mutating func settle() {
        for (writer, known) in numbers where !known.late.isEmpty {
            var settled = known
            settled.settle()
            numbers[writer] = settled
        }
    }

    /// The runs of each writer, by writer. Of a settled set.
    var writers: [(writer: String, runs: [Run])] {
        numbers.sorted { $0.key < $1.key }.map { ($0.key.text, $0.value.runs) }
    }

    /// Numbers that are missing before a writer's last, by writer. Of a settled set.
    var gaps: [Gap] {
        writers.flatMap { writer, runs in
            var next = 0
            var gaps: [Gap] = []
            for run in runs {
                if run.first > next {
                    gaps.append(Gap(writer: writer, first: next, last: run.first - 1))
                }
                next = run.end
            }
            return gaps
        }
    }

    /// Of settled sets.
    func isDisjoint(with other: FrameLedger) -> Bool {
        for (writer, known) in numbers {
            guard let theirs = other.numbers[writer]?.runs else { continue }
            let runs = known.runs
            var i = 0
            var j = 0
            while i < runs.count, j < theirs.count {
                if runs[i].first < theirs[j].end, theirs[j].first < runs[i].end { return false }
                if runs[i].end <= theirs[j].end { i += 1 } else { j += 1 }
            }
        }
        return true
    }

    /// - Precondition: the sets are settled and disjoint.
    mutating func formUnion(_ other: FrameLedger) {
        conflicts.merge(other.conflicts) { $0.union($1) }
        for (writer, theirs) in other.numbers {
            var known = numbers[writer] ?? Numbers()
            known.merge(theirs.runs)
            numbers[writer] = known
        }
    }

    /// For reading back. - Returns: `false` when the runs are none that `writers` gives.
    mutating func restore(writer: String, runs: [Run]) -> Bool {
        var end = -1
        for run in runs {
            guard run.first > end, !run.hashes.isEmpty, run.end <= SaturatingCount.limit + 1 else {
                return false
            }
            end = run.end
        }
        var known = Numbers()
        known.merge(runs)
        return numbers.updateValue(known, forKey: ExactText(writer)) == nil
    }

    mutating func restore(conflict identity: FrameIdentity, hashes: Set<UInt32>) {
        conflicts[identity] = hashes
    }
}

extension FrameLedger.Numbers {
    /// The run that the number is in.
    private func runIndex(of seq: Int) -> Int? {
        let index = runs.partitioningIndex { $0.first > seq } - 1
        return index >= 0 && seq < runs[index].end ? index : nil
    }

    func hash(of seq: Int) -> UInt32? {
        guard let run = runIndex(of: seq) else { return late[seq] }
        return runs[run].hashes[seq - runs[run].first]
    }

    mutating func replace(_ seq: Int, _ hash: UInt32) {
        if let run = runIndex(of: seq) {
            runs[run].hashes[seq - runs[run].first] = hash
        } else {
            late[seq] = hash
        }
    }

    /// - Precondition: the number is not in yet.
    mutating func insert(_ seq: Int, _ hash: UInt32) {
        let end = runs.last?.end ?? 0
        if seq == end, !runs.isEmpty {
            runs[runs.count - 1].hashes.append(hash)
        } else if seq > end || runs.isEmpty {
            runs.append(FrameLedger.Run(first: seq, hashes: [hash]))
        } else {
            late[seq] = hash
            if late.count >= max(Self.fewLate, count / 2) { settle() }
            return
        }
        count += 1
    }

    mutating func settle() {
        let more = late.sorted { $0.key < $1.key }
        late = [:]
        merge(more.map { FrameLedger.Run(first: $0.key, hashes: [$0.value]) })
    }

    /// - Precondition: none of the numbers is in yet; nothing is late.
    mutating func merge(_ more: [FrameLedger.Run]) {
        var joined: [FrameLedger.Run] = []
        joined.reserveCapacity(runs.count)
        for run in (runs + more).sorted(by: { $0.first < $1.first }) {
            if let last = joined.last, last.end == run.first {
                joined[joined.count - 1].hashes.append(contentsOf: run.hashes)
            } else {
                joined.append(run)
            }
        }
        runs = joined
        count = runs.reduce(0) { $0 + $1.hashes.count }
    }
}
