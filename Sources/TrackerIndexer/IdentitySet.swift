import TrackerLog

/// Which frames were folded: writer, sequence number and content hash of each.
///
/// Sequence numbers come nearly always in order, so that a writer is a few runs of neighbours.
struct IdentitySet {
    enum Insertion {
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

    private(set) var writers: [String: [Run]] = [:]
    /// All contents of identities that came with more than one.
    private(set) var conflicts: [FrameIdentity: Set<UInt32>] = [:]

    mutating func insert(_ identity: FrameIdentity, hash: UInt32) -> Insertion {
        var runs = writers.removeValue(forKey: identity.writer) ?? []
        defer { writers[identity.writer] = runs }
        // The run that begins at or before the number.
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].first <= identity.seq { low = middle + 1 } else { high = middle }
        }
        if low > 0, identity.seq < runs[low - 1].end {
            let at = identity.seq - runs[low - 1].first
            let known = runs[low - 1].hashes[at]
            guard known != hash else { return .duplicate }
            // The smallest stands in the run, whichever came first.
            runs[low - 1].hashes[at] = min(known, hash)
            let isNew = !(conflicts[identity]?.contains(hash) ?? false)
            conflicts[identity, default: []].formUnion([known, hash])
            return isNew ? .conflict : .duplicate
        }
        if low > 0, identity.seq == runs[low - 1].end {
            runs[low - 1].hashes.append(hash)
            if low < runs.count, runs[low].first == runs[low - 1].end {
                runs[low - 1].hashes.append(contentsOf: runs[low].hashes)
                runs.remove(at: low)
            }
        } else if low < runs.count, identity.seq + 1 == runs[low].first {
            runs[low].first = identity.seq
            runs[low].hashes.insert(hash, at: 0)
        } else {
            runs.insert(Run(first: identity.seq, hashes: [hash]), at: low)
        }
        return .new
    }

    /// Whether a frame of this identity was folded.
    func contains(_ identity: FrameIdentity) -> Bool {
        writers[identity.writer]?.contains {
            $0.first <= identity.seq && identity.seq < $0.end
        } ?? false
    }

    /// Numbers that are missing before a writer's last, by writer.
    var gaps: [Gap] {
        writers.sorted { $0.key < $1.key }.flatMap { writer, runs in
            var next = 0
            var gaps: [Gap] = []
            for run in runs {
                if run.first > next { gaps.append(Gap(writer: writer, first: next, last: run.first - 1)) }
                next = run.end
            }
            return gaps
        }
    }

    func isDisjoint(with other: IdentitySet) -> Bool {
        for (writer, runs) in writers {
            guard let theirs = other.writers[writer] else { continue }
            var i = 0
            var j = 0
            while i < runs.count, j < theirs.count {
                if runs[i].first < theirs[j].end, theirs[j].first < runs[i].end { return false }
                if runs[i].end <= theirs[j].end { i += 1 } else { j += 1 }
            }
        }
        return true
    }

    /// - Precondition: the sets are disjoint.
    mutating func formUnion(_ other: IdentitySet) {
        conflicts.merge(other.conflicts) { $0.union($1) }
        for (writer, theirs) in other.writers {
            guard let ours = writers[writer] else {
                writers[writer] = theirs
                continue
            }
            var joined: [Run] = []
            for run in (ours + theirs).sorted(by: { $0.first < $1.first }) {
                if let last = joined.last, last.end == run.first {
                    joined[joined.count - 1].hashes.append(contentsOf: run.hashes)
                } else {
                    joined.append(run)
                }
            }
            writers[writer] = joined
        }
    }

    mutating func restore(writer: String, runs: [Run]) { writers[writer] = runs }

    mutating func restore(conflict identity: FrameIdentity, hashes: Set<UInt32>) {
        conflicts[identity] = hashes
    }
}
