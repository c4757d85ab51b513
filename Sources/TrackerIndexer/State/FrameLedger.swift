package import TrackerLog

/// The frames that were folded: writer, sequence number and content hash of each.
///
/// ```
/// writer a   0 1 2 3 4 5      9 10 11       runs: first number and one hash for each
///            └─── run ──┘     └─ run ┘      6 to 8 are a gap
///                          7                late: below the last run's end, not merged yet
/// ```
///
/// Sequence numbers arrive nearly always in order, so a writer has few runs. Late numbers are
/// buffered in a table and merged in batches: arrival in any order costs about the same.
package struct FrameLedger {
    package enum Insertion {
        case new
        /// The same frame again; it counts once.
        case duplicate
        /// The same identity with different content; both count.
        case conflict
    }

    /// Consecutive sequence numbers, starting at `first`.
    struct Run: Hashable {
        var first: Int
        var hashes: [UInt32]
        var end: Int { first + hashes.count }
    }

    /// The sequence numbers of one writer.
    fileprivate struct Numbers {
        /// Ascending, with a gap between any two.
        var runs: [Run] = []
        /// Numbers in `runs`.
        var count = 0
        /// Numbers below the last run's end, not yet in a run.
        var late: [Int: UInt32] = [:]

        static let fewLate = 1_024

        /// Whether a number below the last one is missing from the runs.
        var isIncomplete: Bool { runs.count > 1 || runs.first?.first ?? 0 > 0 }
    }

    private var numbers: [ExactText: Numbers] = [:]
    /// Writers with missing or late numbers. Nearly all have neither, and a session of reports has
    /// a writer for each of them: looking at all would cost more with each report.
    private var incomplete: Set<ExactText> = []
    /// Writers with late numbers.
    private var unsettled: Set<ExactText> = []
    /// All content hashes of identities with more than one.
    private(set) var conflicts: [FrameIdentity: Set<UInt32>] = [:]

    package init() {}

    package mutating func insert(_ identity: FrameIdentity, hash: UInt32) -> Insertion {
        let writer = ExactText(identity.writer)
        var known = numbers.removeValue(forKey: writer) ?? Numbers()
        defer {
            if !known.late.isEmpty { unsettled.insert(writer) }
            note(writer, known)
            numbers[writer] = known
        }
        guard let other = known.hash(of: identity.seq) else {
            known.insert(identity.seq, hash)
            return .new
        }
        guard other != hash else { return .duplicate }
        // The smallest hash is kept for the number, whichever came first.
        known.replace(identity.seq, min(other, hash))
        let isNew = !(conflicts[identity]?.contains(hash) ?? false)
        conflicts[identity, default: []].formUnion([other, hash])
        return isNew ? .conflict : .duplicate
    }

    private mutating func note(_ writer: ExactText, _ known: Numbers) {
        if known.isIncomplete {
            incomplete.insert(writer)
        } else if !incomplete.isEmpty {
            incomplete.remove(writer)
        }
    }

    /// Whether a frame of this identity was folded.
    func contains(_ identity: FrameIdentity) -> Bool {
        numbers[ExactText(identity.writer)]?.hash(of: identity.seq) != nil
    }

    /// Merges late numbers into the runs. Equal sets then have equal runs.
    mutating func settle() {
        for writer in unsettled {
            guard var known = numbers.removeValue(forKey: writer) else { continue }
            known.settle()
            note(writer, known)
            numbers[writer] = known
        }
        unsettled = []
    }

    /// The runs of each writer, by writer. - Precondition: settled.
    var writers: [(writer: String, runs: [Run])] {
        numbers.sorted { $0.key < $1.key }.map { ($0.key.text, $0.value.runs) }
    }

    /// Numbers missing below a writer's last one, by writer. - Precondition: settled.
    var gaps: [Gap] {
        incomplete.sorted().flatMap { writer in
            var next = 0
            var gaps: [Gap] = []
            for run in numbers[writer]?.runs ?? [] {
                if run.first > next {
                    gaps.append(Gap(writer: writer.text, first: next, last: run.first - 1))
                }
                next = run.end
            }
            return gaps
        }
    }

    /// - Precondition: both are settled.
    func isDisjoint(with other: FrameLedger) -> Bool {
        // By the smaller one: many small states are merged into a growing one.
        let isSmaller = numbers.count <= other.numbers.count
        let (few, many) = isSmaller ? (self, other) : (other, self)
        return few.numbers.allSatisfy { writer, known in
            many.numbers[writer].map { known.isDisjoint(with: $0) } ?? true
        }
    }

    /// - Precondition: both are settled, and they are disjoint.
    mutating func formUnion(_ other: FrameLedger) {
        conflicts.merge(other.conflicts) { $0.union($1) }
        for (writer, added) in other.numbers {
            numbers[writer, default: Numbers()].merge(added.runs)
            if let known = numbers[writer] { note(writer, known) }
        }
    }

    /// Adds all frames of another ledger, whether or not they are in this one.
    mutating func insert(_ other: FrameLedger) {
        for (writer, runs) in other.writers {
            for run in runs {
                for (index, hash) in run.hashes.enumerated() {
                    _ = insert(FrameIdentity(writer: writer, seq: run.first + index), hash: hash)
                }
            }
        }
    }

    /// For decoding. - Returns: `false` when `writers` could not have returned these runs.
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
        note(ExactText(writer), known)
        return numbers.updateValue(known, forKey: ExactText(writer)) == nil
    }

    mutating func restore(conflict identity: FrameIdentity, hashes: Set<UInt32>) {
        conflicts[identity] = hashes
    }
}

/// What becomes of a section of the log.
package enum SectionAdmission {
    /// These lines of it count. In a conflict, another section of this identity has other lines.
    case counted(FrameSection, isConflict: Bool)
    /// The same section was admitted before.
    case repeated
    /// Its lines count in another segment, or it has none of a writer.
    case elsewhere
}

extension FrameLedger {
    /// Decides which lines of a section count. Everything that reads the lines of a log asks here,
    /// so that all of it counts the same.
    package mutating func admit(
        _ section: FrameSection, of frame: FrameContent, by rule: SegmentRule
    ) -> SectionAdmission {
        guard let part = rule.part(of: section, in: frame) else { return .elsewhere }
        guard let header = part.header else { return .counted(part, isConflict: false) }
        return switch insert(header.identity, hash: part.contentHash) {
        case .new: .counted(part, isConflict: false)
        case .conflict: .counted(part, isConflict: true)
        case .duplicate: .repeated
        }
    }
}

extension FrameLedger.Numbers {
    /// The index of the run that contains the number.
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

    /// - Precondition: the number is not in the set.
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

    /// - Precondition: both are settled.
    func isDisjoint(with other: FrameLedger.Numbers) -> Bool {
        let (few, many) =
            runs.count <= other.runs.count ? (runs, other.runs) : (other.runs, runs)
        return few.allSatisfy { run in
            // The first that ends behind the run's beginning.
            let index = many.partitioningIndex { $0.end > run.first }
            return index == many.count || many[index].first >= run.end
        }
    }

    /// - Precondition: none of the numbers is in the set, and none are late.
    mutating func merge(_ more: [FrameLedger.Run]) {
        if let first = more.first, first.first >= runs.last?.end ?? 0 { return append(more) }
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

    /// The usual case, in which the runs that are there are neither sorted nor copied.
    /// - Precondition: all of the runs are behind those in the set, ascending.
    private mutating func append(_ more: [FrameLedger.Run]) {
        for run in more {
            if !runs.isEmpty, runs[runs.count - 1].end == run.first {
                runs[runs.count - 1].hashes.append(contentsOf: run.hashes)
            } else {
                runs.append(run)
            }
            count += run.hashes.count
        }
    }
}
