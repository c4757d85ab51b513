import TrackerIndexer

/// Which of one writer's numbers were seen: ranges, so that memory grows with the gaps and not with
/// the events.
///
/// They are kept as they come and joined now and then; `settle` makes the one form.
struct SequenceRanges {
    /// Where in a session's files: the file's place in the listing, and bytes.
    struct Place: Hashable {
        var file: Int
        var offset: Int
    }

    /// Neighbouring numbers, all seen.
    struct Run: Hashable {
        var first: Int
        var last: Int
        /// Where the frame of `first` begins.
        var from: Place
        /// Where the frame of `last` ends.
        var to: Place
    }

    /// Of a settled value: ascending, at least one number missing between each two.
    private(set) var runs: [Run] = []
    /// Numbers that came more than once: ascending, joined. Of a settled value.
    private(set) var repeated: [ClosedRange<Int>] = []
    private var settledCount = 0

    mutating func insert(_ seq: Int, from: Place, to: Place) {
        insert(Run(first: seq, last: seq, from: from, to: to))
    }

    mutating func insert(_ run: Run) {
        if let last = runs.last, last.last + 1 == run.first, runs.count > settledCount {
            runs[runs.count - 1].last = run.last
            runs[runs.count - 1].to = run.to
            return
        }
        runs.append(run)
        let arrived = runs.count - settledCount
        if arrived > max(VerifyLimits.fewRanges, settledCount) { settle() }
    }

    /// Numbers that came more than once elsewhere.
    mutating func insert(repeated ranges: [ClosedRange<Int>]) {
        repeated = Self.joined(repeated + ranges)
    }

    mutating func settle() {
        guard runs.count > settledCount else { return }
        var joined: [Run] = []
        var again: [ClosedRange<Int>] = []
        for run in runs.sorted(by: { ($0.first, $0.last) < ($1.first, $1.last) }) {
            guard var last = joined.last, run.first <= last.last + 1 else {
                joined.append(run)
                continue
            }
            if run.first <= last.last { again.append(run.first...min(run.last, last.last)) }
            if run.last > last.last {
                last.last = run.last
                last.to = run.to
            }
            joined[joined.count - 1] = last
        }
        runs = joined
        settledCount = runs.count
        repeated = Self.joined(repeated + again)
    }

    /// Whether the number was seen. Of a settled value.
    func contains(_ seq: Int) -> Bool {
        let place = runs.partitioningIndex { $0.last >= seq }
        return place < runs.count && runs[place].first <= seq
    }

    private static func joined(_ ranges: [ClosedRange<Int>]) -> [ClosedRange<Int>] {
        var joined: [ClosedRange<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound + 1 {
                joined[joined.count - 1] =
                    last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }
}

/// The numbers of all writers of a session.
struct SeenFrames {
    private(set) var writers: [ExactText: SequenceRanges] = [:]

    subscript(writer: String) -> SequenceRanges { writers[ExactText(writer)] ?? SequenceRanges() }

    mutating func insert(
        _ seq: Int, of writer: String, from: SequenceRanges.Place, to: SequenceRanges.Place
    ) {
        writers[ExactText(writer), default: SequenceRanges()].insert(seq, from: from, to: to)
    }

    /// Takes in what was seen in another file.
    mutating func formUnion(_ other: SeenFrames) {
        for (writer, ranges) in other.writers {
            for run in ranges.runs { writers[writer, default: SequenceRanges()].insert(run) }
            writers[writer, default: SequenceRanges()].insert(repeated: ranges.repeated)
        }
    }

    mutating func settle() {
        for writer in Array(writers.keys) { writers[writer, default: SequenceRanges()].settle() }
    }

    /// By writer. Of a settled value.
    var sorted: [(writer: String, ranges: SequenceRanges)] {
        writers.sorted { $0.key < $1.key }.map { ($0.key.text, $0.value) }
    }
}
