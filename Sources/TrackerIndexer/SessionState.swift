public import TrackerLog

/// Everything folded of one session, and of nothing else.
///
/// The law: folding the same frames in any order, in any number of steps, with any of them
/// repeated, or merging states of parts of them, gives the same state. It holds because every part
/// of it does: counts add, sums are exact, extremes and the choice between contradictions look at
/// values and times alone. Not thread-safe: whoever folds owns it.
public final class SessionState {
    let store = CellStore()
    var series = SeriesTable()
    var timelines = TimelineTable()
    var runs: [ExactText: RunInfo] = [:]
    var info = SessionInfo()
    /// In the order of time and text, but for those that came since `cutEdits`.
    var edits: [Edit] = []
    var hasUnsortedEdits = false
    var identities = IdentitySet()
    /// Events of every kind.
    public internal(set) var events = 0
    /// Samples, those inside distributions counted one by one.
    public internal(set) var samples = 0
    /// Lines in good frames that are no event.
    public internal(set) var badLines = 0
    /// Frames that came again. No part of the state: how often a frame was copied says nothing
    /// about what happened.
    public internal(set) var duplicateFrames = 0
    public internal(set) var conflictingFrames = 0
    /// Events that writers had to drop.
    public internal(set) var droppedEvents = 0
    var firstMs = Double.infinity
    var lastMs = -Double.infinity

    private let spellings = SpellingCache()

    public init() {}

    /// Places have changed: spellings are looked up anew.
    func forgetSpellings() { spellings.clear() }

    /// Frames whose numbers are missing.
    public var gaps: [Gap] {
        identities.settle()
        return identities.gaps
    }

    /// Whether a frame of this identity is folded.
    public func contains(_ identity: FrameIdentity) -> Bool { identities.contains(identity) }

    /// Folds the frame's sections, each identity once.
    /// - Parameter badLine: told of lines that are no event: their number within the frame, where
    ///   in its content they begin, and why.
    public func fold(
        _ frame: FrameContent, scanner: borrowing FoldScanner,
        badLine: (Int, _ offset: Int, LineError) -> Void
    ) {
        fold(frame, rule: .everything, scanner: scanner, badLine: badLine)
    }

    /// The same, but for what the rule leaves out because it counts elsewhere.
    func fold(
        _ frame: FrameContent, rule: SegmentRule, scanner: borrowing FoldScanner,
        badLine: (Int, _ offset: Int, LineError) -> Void
    ) {
        for section in frame.sections {
            guard let section = rule.part(of: section, in: frame) else { continue }
            if let header = section.header {
                switch identities.insert(header.identity, hash: section.contentHash) {
                case .new: break
                case .conflict: conflictingFrames += 1
                case .duplicate:
                    duplicateFrames += 1
                    continue
                }
                droppedEvents = Counting.sum(droppedEvents, header.dropped)
            }
            unsafe fold(frame.bytes, section, scanner, badLine)
        }
        // Past the limit by what one frame can hold; `canonicalise` brings it back exactly.
        if store.liveCount > Self.cellsBeforeCut {
            timelines.cut(in: store)
            forgetSpellings()
        }
    }

    private static let cellsBeforeCut =
        IndexLimits.maxTimeCellsPerSession + 2 * IndexLimits.maxSeriesPerSession

    private func fold(
        _ content: UnsafeRawBufferPointer, _ section: FrameSection,
        _ scanner: borrowing FoldScanner, _ badLine: (Int, _ offset: Int, LineError) -> Void
    ) {
        let body = unsafe UnsafeRawBufferPointer(rebasing: content[section.body])
        guard let base = body.baseAddress else { return }
        var offset = 0
        var number = section.firstLine
        while offset < body.count {
            let count = unsafe scanner.scan(body, from: &offset)
            for index in 0..<count {
                let line = unsafe scanner.lines[index]
                if line.kind == .sample, let place = unsafe place(of: line, in: base) {
                    add(line, to: place)
                } else {
                    unsafe foldOther(UnsafeRawBufferPointer(rebasing: body[line.line.range])) {
                        error in
                        badLine(
                            number + index, section.body.lowerBound + line.line.range.lowerBound,
                            error)
                    }
                }
            }
            number += count
        }
    }

    /// - Returns: `nil` when the spelling is not known yet: the full parser makes it known.
    @inline(__always)
    private func place(
        of line: ScannedLine, in content: UnsafeRawPointer
    ) -> SpellingCache.Destination? {
        if let known = unsafe spellings.find(line, in: content) { return known }
        return unsafe newPlace(of: line, in: content)
    }

    private func newPlace(
        of line: ScannedLine, in content: UnsafeRawPointer
    ) -> SpellingCache.Destination? {
        let raw = unsafe UnsafeRawBufferPointer(
            start: content + Int(line.line.offset), count: Int(line.line.count))
        // try? is right here: `foldOther` reads the line again and tells the reason.
        guard case .sample(let sample)? = try? unsafe EventParser.parse(raw) else { return nil }
        let destination = destination(
            run: sample.run ?? "", metric: sample.metric, labels: sample.labels, unit: sample.unit)
        unsafe spellings.insert(line, in: content, destination)
        return destination
    }

    private func destination(
        run: String, metric: String, labels: [Label], unit: String?
    ) -> SpellingCache.Destination {
        let key = SeriesKey(run: run, metric: metric, labels: labels)
        let (place, seriesMoved) = series.place(of: key, unit: unit, in: store)
        let timelineKey = TimelineTable.Key(run: run, metric: metric)
        let (timeline, timelinesMoved) = timelines.place(of: timelineKey, unit: unit, in: store)
        if seriesMoved || timelinesMoved { spellings.clear() }
        let cell =
            switch place {
            case .series(let index): series.entries[Int(index)].cell
            case .overflow(let cell): cell
            }
        return SpellingCache.Destination(
            cell: cell, timeline: timeline ?? -1, statusSaysFailed: key.statusSaysFailed)
    }

    @inline(__always)
    private func add(_ line: ScannedLine, to place: SpellingCache.Destination) {
        let isError = line.ok < 0 ? place.statusSaysFailed : line.ok == 0
        // Adding zero makes negative zero positive, so that extremes do not depend on the order.
        let value = line.value + 0
        let bucket = Bucket.index(of: value)
        store[place.cell].add(value, bucket: bucket, isError: isError)
        events &+= 1
        samples &+= 1
        let timestampMs = note(line.timestampMs)
        guard place.timeline >= 0 else { return }
        let cell = timelines.timelines[Int(place.timeline)].cell(at: timestampMs, in: store)
        store[cell].add(value, bucket: bucket, isError: isError)
    }

    /// - Returns: the time, held within what can be shown.
    @inline(__always)
    private func note(_ timestampMs: Double) -> Double {
        let held = min(max(timestampMs, 0), IndexLimits.maxTimestampMs)
        if held < firstMs { firstMs = held }
        if held > lastMs { lastMs = held }
        return held
    }

    private func foldOther(_ line: UnsafeRawBufferPointer, _ badLine: (LineError) -> Void) {
        do throws(LineError) {
            try unsafe add(EventParser.parse(line))
        } catch {
            badLines += 1
            badLine(error)
        }
    }

    private func add(_ event: Event) throws(LineError) {
        switch event {
        case .sample(let sample): return add(sample)
        case .runStarted, .runFinished, .edit:
            // These are kept as they are: what cannot be written again could not be kept.
            guard !canonicalLine(event).isEmpty else { throw .tooLong }
        case .distribution, .session: break
        }
        events += 1
        _ = note(event.timestampMs)
        switch event {
        case .sample: break
        case .distribution(let distribution): add(distribution)
        case .session(let session): info.add(session)
        case .runStarted(let run): runs[ExactText(run.run), default: RunInfo()].add(run)
        case .runFinished(let run): runs[ExactText(run.run), default: RunInfo()].add(run)
        case .edit(let edit):
            if edit.kind == .rename, edit.run == nil {
                info.rename(to: edit.text, atMs: edit.timestampMs)
            }
            edits.append(edit)
            hasUnsortedEdits = true
            if edits.count >= 2 * IndexLimits.maxEditsPerSession { cutEdits() }
        }
        if runs.count >= 2 * IndexLimits.maxRunsPerSession { cutRuns() }
    }

    /// A sample in a spelling that the scanner leaves to the full parser.
    private func add(_ sample: Sample) {
        var line = ScannedLine()
        line.ok = sample.ok.map { $0 ? 1 : 0 } ?? -1
        line.timestampMs = sample.timestampMs
        line.value = sample.value
        let place = destination(
            run: sample.run ?? "", metric: sample.metric, labels: sample.labels, unit: sample.unit)
        add(line, to: place)
    }

    private func add(_ distribution: Distribution) {
        samples = Counting.sum(samples, distribution.count)
        let place = destination(
            run: distribution.run ?? "", metric: distribution.metric, labels: distribution.labels,
            unit: distribution.unit)
        store[place.cell].add(distribution)
        guard place.timeline >= 0 else { return }
        let timestampMs = note(distribution.timestampMs)
        let cell = timelines.timelines[Int(place.timeline)].cell(at: timestampMs, in: store)
        store[cell].add(distribution)
    }
}

/// What a thread needs to scan lines, used for one frame after another.
@safe public struct FoldScanner: ~Copyable {
    private let scanner = LineScanner()
    let lines: UnsafeMutableBufferPointer<ScannedLine>

    /// Few enough that they stay in the processor's nearest cache.
    private static let batch = 128

    public init() {
        unsafe lines = .allocate(capacity: Self.batch)
        unsafe lines.initialize(repeating: ScannedLine())
    }

    deinit { unsafe lines.deallocate() }

    func scan(_ body: UnsafeRawBufferPointer, from offset: inout Int) -> Int {
        unsafe scanner.scan(body, from: &offset, into: lines)
    }
}
