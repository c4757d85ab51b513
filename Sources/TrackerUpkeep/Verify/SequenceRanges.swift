import TrackerIndexer
import TrackerLog

/// The sequence numbers seen of one writer, as ranges: memory grows with the gaps, not with the
/// events.
///
/// Ranges are appended as they come and joined from time to time. A settled value is in normal
/// form:
///
/// ```text
/// seen        0 1 2   2 3   7 8
/// runs        0...3, 7...8
/// repeated    2...2
/// ```
struct SequenceRanges {
    /// A position in a session's files: index of the file in the listing, and byte offset.
    struct Position: Hashable {
        var file: Int
        var offset: Int
    }

    /// Consecutive numbers, all seen.
    struct Run: Hashable {
        var first: Int
        var last: Int
        /// Start of the frame of `first`.
        var from: Position
        /// End of the frame of `last`.
        var to: Position
    }

    /// In a settled value: ascending, with at least one number missing between any two.
    private(set) var runs: [Run] = []
    /// Numbers seen more than once. In a settled value: ascending, joined.
    private(set) var repeated: [ClosedRange<Int>] = []
    private var settledCount = 0
    private var joinedCount = 0

    mutating func insert(_ seq: Int, from: Position, to: Position) {
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

    /// Adds numbers that another value saw more than once.
    mutating func insert(repeated ranges: [ClosedRange<Int>]) {
        repeated += ranges
        // Not at each call: that would cost the square of the number of files.
        if repeated.count - joinedCount > max(VerifyLimits.fewRanges, joinedCount) {
            joinRepeated()
        }
    }

    private mutating func joinRepeated() {
        repeated = Self.joined(repeated)
        joinedCount = repeated.count
    }

    mutating func settle() {
        defer { if repeated.count > joinedCount { joinRepeated() } }
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
        repeated += again
    }

    /// Whether the number was seen.
    /// - Precondition: the value is settled.
    func contains(_ seq: Int) -> Bool {
        let index = runs.partitioningIndex { $0.last >= seq }
        return index < runs.count && runs[index].first <= seq
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

/// The sequence numbers seen of all writers of a session.
struct SeenFrames {
    private(set) var writers: [ExactText: SequenceRanges] = [:]

    subscript(writer: String) -> SequenceRanges { writers[ExactText(writer)] ?? SequenceRanges() }

    mutating func insert(
        _ seq: Int, of writer: String, from: SequenceRanges.Position, to: SequenceRanges.Position
    ) {
        writers[ExactText(writer), default: SequenceRanges()].insert(seq, from: from, to: to)
    }

    /// Adds the numbers seen in another file.
    mutating func formUnion(_ other: SeenFrames) {
        for (writer, ranges) in other.writers {
            for run in ranges.runs { writers[writer, default: SequenceRanges()].insert(run) }
            writers[writer, default: SequenceRanges()].insert(repeated: ranges.repeated)
        }
    }

    mutating func settle() {
        for writer in Array(writers.keys) { writers[writer, default: SequenceRanges()].settle() }
    }

    /// Sorted by writer.
    /// - Precondition: the value is settled.
    var sorted: [(writer: String, ranges: SequenceRanges)] {
        writers.sorted { $0.key < $1.key }.map { ($0.key.text, $0.value) }
    }
}
