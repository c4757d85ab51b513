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
    ///
    /// The times of its ends say when the frames beside it were written, should they be missing. A
    /// frame at the end of a run always was at the end of one, so they do not depend on order.
    struct Run: Hashable {
        var first: Int
        var hashes: [UInt32]
        /// The earliest event of the first frame, and the latest of the last one. `nil` when none
        /// has a plausible time.
        var firstMs: Double?
        var lastMs: Double?
        var end: Int { first + hashes.count }
    }

    /// A number that is not in a run yet.
    fileprivate struct Late {
        var hash: UInt32
        var firstMs: Double?
        var lastMs: Double?
    }

    /// The sequence numbers of one writer.
    fileprivate struct Numbers {
        /// Ascending, with a gap between any two.
        var runs: [Run] = []
        /// Numbers in `runs`.
        var count = 0
        /// Events that the headers state, of all frames.
        var events = 0
        /// Numbers below the last run's end, not yet in a run.
        var late: [Int: Late] = [:]

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

    /// - Parameter events: that the header states.
    package mutating func insert(
        _ identity: FrameIdentity, hash: UInt32, events: Int = 0
    ) -> Insertion {
        let writer = ExactText(identity.writer)
        var known = numbers.removeValue(forKey: writer) ?? Numbers()
        defer {
            if !known.late.isEmpty { unsettled.insert(writer) }
            note(writer, known)
            numbers[writer] = known
        }
        guard let other = known.hash(of: identity.seq) else {
            known.insert(identity.seq, hash)
            known.events = SaturatingCount.sum(known.events, events)
            return .new
        }
        guard other != hash else { return .duplicate }
        // The smallest hash is kept for the number, whichever came first.
        if hash < other { known.replace(identity.seq, hash) }
        let isNew = !(conflicts[identity]?.contains(hash) ?? false)
        conflicts[identity, default: []].formUnion([other, hash])
        if isNew { known.events = SaturatingCount.sum(known.events, events) }
        return isNew ? .conflict : .duplicate
    }

    /// Records when the events of a frame happened that was just inserted.
    mutating func date(_ identity: FrameIdentity, hash: UInt32, firstMs: Double, lastMs: Double) {
        numbers[ExactText(identity.writer)]?.date(
            identity.seq, hash, firstMs: firstMs, lastMs: lastMs)
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

    /// The frames of a writer.
    struct Writer {
        var writer: String
        var events: Int
        var runs: [Run]
    }

    /// By writer. - Precondition: settled.
    var writers: [Writer] {
        numbers.sorted { $0.key < $1.key }.map {
            Writer(writer: $0.key.text, events: $0.value.events, runs: $0.value.runs)
        }
    }

    /// Numbers missing below a writer's last one, by writer. - Precondition: settled.
    var gaps: [Gap] {
        incomplete.sorted().flatMap { writer -> [Gap] in
            guard let known = numbers[writer] else { return [] }
            var next = 0
            var (before, gaps): (Run?, [Gap]) = (nil, [])
            let frames = known.runs.reduce(0) { $0 + $1.hashes.count }
            for run in known.runs {
                if run.first > next {
                    var gap = Gap(writer: writer.text, first: next, last: run.first - 1)
                    gap.eventsPerFrame = Double(known.events) / Double(max(1, frames))
                    (gap.afterMs, gap.beforeMs) = (before?.lastMs, run.firstMs)
                    gaps.append(gap)
                }
                next = run.end
                before = run
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
            numbers[writer, default: Numbers()].merge(added)
            if let known = numbers[writer] { note(writer, known) }
        }
    }

    /// Adds the numbers of another ledger, whether or not they are in this one; without times.
    mutating func insert(_ other: FrameLedger) {
        for known in other.writers {
            for run in known.runs {
                for (index, hash) in run.hashes.enumerated() {
                    _ = insert(
                        FrameIdentity(writer: known.writer, seq: run.first + index), hash: hash)
                }
            }
        }
    }

    /// For decoding. - Returns: `false` when `writers` could not have returned these runs.
    mutating func restore(_ writer: Writer) -> Bool {
        var end = -1
        for run in writer.runs {
            guard run.first > end, !run.hashes.isEmpty, run.end <= SaturatingCount.limit + 1 else {
                return false
            }
            end = run.end
        }
        var known = Numbers()
        known.merge(writer.runs)
        known.events = writer.events
        note(ExactText(writer.writer), known)
        return numbers.updateValue(known, forKey: ExactText(writer.writer)) == nil
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
        let insertion = insert(
            header.identity, hash: part.contentHash, events: header.writtenEvents)
        return switch insertion {
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
        guard let run = runIndex(of: seq) else { return late[seq]?.hash }
        return runs[run].hashes[seq - runs[run].first]
    }

    /// Another content of a known number. Its times are not known yet.
    mutating func replace(_ seq: Int, _ hash: UInt32) {
        guard let run = runIndex(of: seq) else {
            late[seq] = FrameLedger.Late(hash: hash)
            return
        }
        runs[run].hashes[seq - runs[run].first] = hash
        setTimes(of: seq, inRun: run, firstMs: nil, lastMs: nil)
    }

    /// Records the times of a number, unless another content is kept for it.
    mutating func date(_ seq: Int, _ hash: UInt32, firstMs: Double, lastMs: Double) {
        guard let run = runIndex(of: seq) else {
            guard late[seq]?.hash == hash else { return }
            late[seq] = FrameLedger.Late(hash: hash, firstMs: firstMs, lastMs: lastMs)
            return
        }
        guard runs[run].hashes[seq - runs[run].first] == hash else { return }
        setTimes(of: seq, inRun: run, firstMs: firstMs, lastMs: lastMs)
    }

    private mutating func setTimes(
        of seq: Int, inRun run: Int, firstMs: Double?, lastMs: Double?
    ) {
        if seq == runs[run].first { runs[run].firstMs = firstMs }
        if seq == runs[run].end - 1 { runs[run].lastMs = lastMs }
    }

    /// - Precondition: the number is not in the set.
    mutating func insert(_ seq: Int, _ hash: UInt32) {
        let end = runs.last?.end ?? 0
        if seq == end, !runs.isEmpty {
            runs[runs.count - 1].hashes.append(hash)
            runs[runs.count - 1].lastMs = nil
        } else if seq > end || runs.isEmpty {
            runs.append(FrameLedger.Run(first: seq, hashes: [hash]))
        } else {
            late[seq] = FrameLedger.Late(hash: hash)
            if late.count >= max(Self.fewLate, count / 2) { settle() }
            return
        }
        count += 1
    }

    mutating func settle() {
        let more = late.sorted { $0.key < $1.key }
        late = [:]
        merge(
            more.map { seq, frame in
                FrameLedger.Run(
                    first: seq, hashes: [frame.hash], firstMs: frame.firstMs, lastMs: frame.lastMs)
            })
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

    /// - Precondition: both are settled, and disjoint.
    mutating func merge(_ other: FrameLedger.Numbers) {
        merge(other.runs)
        events = SaturatingCount.sum(events, other.events)
    }

    /// - Precondition: none of the numbers is in the set, and none are late.
    mutating func merge(_ more: [FrameLedger.Run]) {
        if let first = more.first, first.first >= runs.last?.end ?? 0 { return append(more) }
        var joined: [FrameLedger.Run] = []
        joined.reserveCapacity(runs.count)
        for run in (runs + more).sorted(by: { $0.first < $1.first }) {
            if let last = joined.last, last.end == run.first {
                joined[joined.count - 1].append(run)
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
                runs[runs.count - 1].append(run)
            } else {
                runs.append(run)
            }
            count += run.hashes.count
        }
    }
}

extension FrameLedger.Run {
    /// - Precondition: it begins where this one ends.
    fileprivate mutating func append(_ other: FrameLedger.Run) {
        hashes.append(contentsOf: other.hashes)
        lastMs = other.lastMs
    }
}
