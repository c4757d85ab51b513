package import TrackerLog

/// A section whose samples became histograms.
package struct ThinnedSection: Sendable {
    /// Header line and lines.
    package var bytes: [UInt8]
    /// Samples that are in histograms now.
    package var samples: Int
    package var histograms: Int
}

/// Makes one histogram of the samples of each series and second of a section, successes and
/// failures apart.
///
/// Invariant: the section folds to the same state as before, byte for byte: the fold counts the
/// same buckets, the sum is exact, and the first and the last time of each curve stay. So either
/// of the two may be read, and percentiles are what they were. See
/// `docs/decisions/0043-thinning.md`.
///
/// ```
/// before   s s s s s s s s s s │ note │ s s s s s
/// after    h         note  h       s          the last sample of a curve stays: it has its end
/// ```
package enum SectionThinner {
    /// - Parameters:
    ///   - header: of the section.
    ///   - section: its bytes: header line and lines, each with its `\n`.
    /// - Returns: `nil` when the section would not become smaller, or would not fold the same.
    package static func thin(_ header: FrameHeader, _ section: [UInt8]) -> ThinnedSection? {
        guard header.thinned == nil, header.claim == nil, header.events >= fewestSamples,
            let start = section.firstIndex(of: 0x0A)
        else { return nil }
        var work = ThinningWork(header, section, from: start + 1)
        guard work.read() else { return nil }
        let (lines, samples, histograms) = work.lines()
        guard samples > 0 else { return nil }
        var header = header
        header.thinned = ThinnedLines(
            hash: UInt32(truncatingIfNeeded: XXHash64.hash(section)), events: header.events)
        header.events -= samples - histograms
        var bytes: [UInt8] = []
        header.write(to: &bytes)
        bytes += lines
        guard bytes.count < section.count else { return nil }
        return ThinnedSection(bytes: bytes, samples: samples, histograms: histograms)
    }

    /// Fewer samples take less room than a histogram of them.
    static let fewestSamples = 4
}

/// The lines of one section.
private struct ThinningWork {
    /// One line, or what became of several.
    private enum Line {
        case kept(Range<Int>)
        case histogram([UInt8])
        /// In a histogram.
        case gone
    }

    private struct Member {
        var sample: Sample
        var line: Int
    }

    private struct Group: Hashable {
        var series: [UInt8]
        var second: Int
        var isFailed: Bool
    }

    private let section: [UInt8]
    private let isBare: Bool
    /// Only times in here are those of the curves, see `SessionState.plausible`.
    private let allowed: PlausibleTimes
    private var position: Int
    private var all: [Line] = []
    private var members: [Group: [Member]] = [:]
    private var order: [Group] = []
    /// The latest sample of each curve.
    private var latest: [TimelineTable.Key: Member] = [:]
    private var span = EventSpan()

    init(_ header: FrameHeader, _ section: [UInt8], from position: Int) {
        self.section = section
        self.position = position
        isBare = header.bareOf != nil
        allowed = PlausibleTimes(writtenAtMs: header.atMs)
    }

    /// - Returns: `false` when the lines have to stay as they are: some may be far from the others,
    ///   and which ones can only be told of all of them.
    mutating func read() -> Bool {
        while position < section.count {
            let end = section[position...].firstIndex(of: 0x0A).map { $0 + 1 } ?? section.count
            add(position..<end)
            position = end
        }
        return span.events == 0 || span.lastMs - span.firstMs <= IndexLimits.plausibleLeadMs
    }

    private mutating func add(_ range: Range<Int>) {
        all.append(.kept(range))
        guard let event = event(range) else { return }
        let timestampMs = event.timestamp.milliseconds
        guard allowed.contains(timestampMs) else { return }
        span.add(timestampMs)
        guard case .sample(let sample) = event else { return }
        let key = SeriesKey(
            run: sample.run ?? "", metric: sample.metric, unit: sample.unit, labels: sample.labels)
        let group = Group(
            series: key.bytes, second: Int(timestampMs) / IndexLimits.baseBucketMs,
            isFailed: sample.ok.map { !$0 } ?? key.statusSaysFailed)
        let member = Member(sample: sample, line: all.count - 1)
        if members[group] == nil { order.append(group) }
        members[group, default: []].append(member)
        let curve = TimelineTable.Key(
            run: sample.run ?? "", metric: sample.metric, unit: sample.unit)
        if latest[curve].map({ $0.sample.timestamp <= sample.timestamp }) ?? true {
            latest[curve] = member
        }
    }

    private func event(_ range: Range<Int>) -> Event? {
        let end = section[range].last == 0x0A ? range.upperBound - 1 : range.upperBound
        let line = Array(section[range.lowerBound..<end])
        // try? is right here: what is no event stays as it is, and is counted as before.
        return try? EventParser.parse(isBare ? ByteOrderMark.removed(from: line) : line)
    }

    mutating func lines() -> (bytes: [UInt8], samples: Int, histograms: Int) {
        let kept = Set(latest.values.map(\.line))
        var (samples, histograms) = (0, 0)
        for group in order {
            let some = members[group, default: []].filter { !kept.contains($0.line) }
            guard some.count >= SectionThinner.fewestSamples, let first = some.first,
                let bytes = Self.histogram(of: some.map(\.sample), isFailed: group.isFailed),
                bytes.count < some.reduce(0, { $0 + length(ofLine: $1.line) })
            else { continue }
            for member in some { all[member.line] = .gone }
            all[first.line] = .histogram(bytes)
            samples += some.count
            histograms += 1
        }
        var bytes: [UInt8] = []
        for line in all {
            switch line {
            case .kept(let range): bytes += section[range]
            case .histogram(let text): bytes += text
            case .gone: break
            }
        }
        return (bytes, samples, histograms)
    }

    private func length(ofLine line: Int) -> Int {
        if case .kept(let range) = all[line] { range.count } else { 0 }
    }

    /// The line of their histogram, with its `\n`; `nil` when there is none that is exact.
    private static func histogram(of samples: [Sample], isFailed: Bool) -> [UInt8]? {
        guard var earliest = samples.first else { return nil }
        var tally = Tally()
        defer { tally.free() }
        for sample in samples {
            tally.add(PreparedSample(sample.value, isError: isFailed))
            if sample.timestamp < earliest.timestamp { earliest = sample }
        }
        var distribution = Distribution(
            timestamp: earliest.timestamp, metric: earliest.metric,
            histogram: tally.buckets.sorted, count: samples.count, sum: tally.sum.value,
            min: tally.min,
            max: tally.max, errors: isFailed ? samples.count : 0, unit: earliest.unit,
            run: earliest.run, labels: earliest.labels)
        distribution.exactSum = tally.sum.text
        var bytes: [UInt8] = []
        return EventEncoder.append(.distribution(distribution), to: &bytes) ? bytes : nil
    }
}
