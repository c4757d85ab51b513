package import TrackerLog

/// Everything folded from one session.
///
/// Invariant: folding the same frames in any order, in any number of steps, with any of them
/// repeated, or merging states of parts of them, gives the same state. It holds for every part of
/// the state: counts add, sums are exact, extremes and the resolution of contradictions depend on
/// values and times alone. Not thread-safe.
package final class SessionState {
    let store = AccumulatorPool()
    var series = SeriesTable()
    var timelines = TimelineTable()
    var runs = RunTable()
    var info = SessionFacts()
    var declared = DeclaredMetrics()
    var editTable = EditTable()
    /// Ordered by time and text, except for those added since the last cut.
    package var edits: [Edit] { editTable.edits }
    var identities = FrameLedger()
    /// Events of every kind.
    package internal(set) var events = 0
    /// Samples, including each one inside a distribution.
    package internal(set) var samples = 0
    /// Lines in good frames that are not events.
    package internal(set) var badLines = 0
    /// Repeated frames. Not part of the encoded state: how often a frame was copied says nothing
    /// about what happened.
    package internal(set) var duplicateFrames = 0
    package internal(set) var conflictingFrames = 0
    /// Events that writers had to drop.
    package internal(set) var droppedEvents = 0
    /// The span of all events with a plausible time.
    var firstMs = Double.infinity
    var lastMs = -Double.infinity
    /// The other events, and the curves of their samples.
    var doubtful = EventSpan()
    var doubtfulTimelines = TimelineTable()
    /// When sections with such events were written, as their headers say.
    var writtenFirstMs = Double.infinity
    var writtenLastMs = -Double.infinity
    /// The lines without a header, whose curves are apart: see `BareStrays`.
    var bare = BareLines()
    /// For the section that is being folded.
    var plausible = PlausibleTimes()
    var far = FarLines()

    /// Curves of the last summary: most runs of a long session have ended, and theirs stay as they
    /// are. Not part of the encoded state.
    var summarised = SummarisedCurves()

    /// How many events there were at the last cut of the curves.
    private var eventsAtCut = 0

    private(set) var destinations = DestinationCache()
    /// While lines with a header are folded, that of lines without one, and the other way round.
    private var otherDestinations = DestinationCache()

    /// Samples at other times do not count; `nil` counts all. Not part of the encoded state: what
    /// is folded of a part of the time is for one answer.
    let within: Interval?

    package convenience init() { self.init(within: nil) }

    /// - Parameter within: only samples of this span count. Runs, edits and all else are not of a
    ///   moment, and do.
    init(within: Interval?) { self.within = within }

    /// Clears the caches of destinations: ids have changed.
    func forgetDestinations() {
        destinations.forget(generation: destinations.generation)
        otherDestinations.forget(generation: otherDestinations.generation)
    }

    /// Lets the curves of lines without a header take the place of the others, or back.
    private func exchangeCurves() {
        swap(&timelines, &bare.curves)
        swap(&destinations, &otherDestinations)
    }

    /// Missing sequence numbers.
    package var gaps: [Gap] {
        identities.settle()
        return identities.gaps
    }

    /// Whether a frame of this identity was folded.
    package func contains(_ identity: FrameIdentity) -> Bool { identities.contains(identity) }

    /// Folds the frame's sections, each identity once.
    /// - Parameter badLine: called for lines that are not events, with the line number within the
    ///   frame, the byte offset in its content, and the reason.
    package func fold(
        _ frame: FrameContent, scanner: borrowing FoldScanner,
        badLine: (Int, _ offset: Int, LineError) -> Void
    ) {
        fold(frame, rule: .everything, scanner: scanner, badLine: badLine)
    }

    /// As above, without the lines that by the rule count in another segment.
    package func fold(
        _ frame: FrameContent, rule: SegmentRule, scanner: borrowing FoldScanner,
        badLine: (Int, _ offset: Int, LineError) -> Void
    ) {
        for section in frame.sections {
            switch identities.admit(section, of: frame, by: rule) {
            case .elsewhere: break
            case .repeated: duplicateFrames += 1
            case .counted(let part, let isConflict):
                if isConflict { conflictingFrames += 1 }
                droppedEvents = SaturatingCount.sum(droppedEvents, part.header?.dropped ?? 0)
                plausible = PlausibleTimes(writtenAtMs: part.header?.atMs)
                let (before, doubtfulBefore) = ((firstMs, lastMs), doubtful.events)
                (firstMs, lastMs) = (.infinity, -.infinity)
                if part.isBare { exchangeCurves() }
                unsafe fold(frame.bytes, part, scanner, badLine)
                if part.isBare { exchangeCurves() }
                if doubtful.events > doubtfulBefore { noteWriting(part.header) }
                // Each sample that is in a histogram now was an event, and the histogram was none.
                if let header = part.header { events += header.writtenEvents - header.events }
                if let header = part.header, firstMs <= lastMs {
                    identities.date(
                        header.identity, hash: part.contentHash, firstMs: firstMs, lastMs: lastMs)
                }
                if part.isBare {
                    bare.widen(firstMs, lastMs)
                    (firstMs, lastMs) = before
                } else {
                    (firstMs, lastMs) = (min(before.0, firstMs), max(before.1, lastMs))
                }
            }
        }
        // May exceed the limit by what one frame adds; `canonicalise` enforces it exactly.
        cutTimelines()
    }

    private func noteWriting(_ header: FrameHeader?) {
        guard let atMs = header?.atMs.map(Double.init), Timestamp(clamping: atMs).isPlausible
        else { return }
        writtenFirstMs = min(writtenFirstMs, atMs)
        writtenLastMs = max(writtenLastMs, atMs)
    }

    /// Enforces the limits of curves and totals when there is reason to.
    func cutTimelines() {
        let totals =
            timelines.totalCount + doubtfulTimelines.totalCount + bare.curves.totalCount
        // A look at a total takes as long as folding a few events.
        let isDue =
            totals > 0
            && events - eventsAtCut >= max(IndexLimits.eventsPerTotalsCheck, 4 * totals)
        guard isDue || store.liveCount - totals > Self.accumulatorsBeforeCut else { return }
        timelines.cut(in: store)
        doubtfulTimelines.cut(in: store)
        bare.curves.cut(in: store)
        eventsAtCut = events
        forgetDestinations()
    }

    static let accumulatorsBeforeCut =
        IndexLimits.maxTimeBucketsPerSession + 2 * IndexLimits.maxSeriesPerSession

    private func fold(
        _ content: UnsafeRawBufferPointer, _ section: FrameSection,
        _ scanner: borrowing FoldScanner, _ badLine: (Int, _ offset: Int, LineError) -> Void
    ) {
        let body = unsafe UnsafeRawBufferPointer(rebasing: content[section.body])
        guard let base = body.baseAddress else { return }
        var offset = 0
        var number = section.firstLine
        let before = events
        far = FarLines()
        while offset < body.count {
            let count = unsafe scanner.scan(body, from: &offset)
            if number == section.firstLine, section.hasNeighbours {
                unsafe watch(scanner, count: count, body)
            }
            if scanner.generation != destinations.generation {
                destinations.forget(generation: scanner.generation)
                series.index.forgetNames()
            }
            var index = 0
            while true {
                index = addKnown(scanner, from: index, count: count)
                index = skipOthers(scanner, from: index, count: count)
                guard index < count else { break }
                let line = unsafe scanner.lines[index]
                let isFar = line.kind == .sample && isFar(line.timestampMs)
                let isDone =
                    unsafe !isFar && line.kind == .sample
                    && addNew(line, keys: scanner.keys, content: base)
                if isFar {
                    far.wait(
                        .init(
                            number: number + index, range: line.line.range,
                            timestampMs: line.timestampMs))
                } else if !isDone {
                    unsafe foldOther(body, number + index, line.line.range, section, badLine)
                }
                if far.isFull { unsafe foldFar(body, section, others: events - before, badLine) }
                index += 1
            }
            number += count
        }
        unsafe foldFar(body, section, others: events - before, badLine)
    }

    /// Widens the time span of the session by one event.
    func note(_ timestampMs: Double) {
        guard plausible.contains(timestampMs) else {
            return doubtful.add(Self.clamped(timestampMs))
        }
        firstMs = min(firstMs, timestampMs)
        lastMs = max(lastMs, timestampMs)
    }

    /// - Returns: the index of the first line from there on that is no sample of another time.
    private func skipOthers(_ scanner: borrowing FoldScanner, from first: Int, count: Int) -> Int {
        guard within != nil else { return first }
        var at = first
        while at < count {
            let line = unsafe scanner.lines[at]
            guard line.kind == .sample, !isWithin(line.timestampMs) else { break }
            at += 1
        }
        return at
    }

    /// Whether samples of this time count.
    private func isWithin(_ timestampMs: Double) -> Bool {
        within.map { timestampMs >= $0.startMs && timestampMs < $0.endMs } ?? true
    }

    /// Folds a line that needs the full parser, or lets it wait.
    private func foldOther(
        _ body: UnsafeRawBufferPointer, _ number: Int, _ range: Range<Int>,
        _ section: FrameSection, _ badLine: (Int, _ offset: Int, LineError) -> Void
    ) {
        do throws(LineError) {
            let raw = unsafe UnsafeRawBufferPointer(rebasing: body[range])
            let event = try unsafe section.event(raw)
            let timestampMs = event.timestamp.milliseconds
            guard !isFar(timestampMs) else {
                return far.wait(.init(number: number, range: range, timestampMs: timestampMs))
            }
            try add(event, lineBytes: raw.count)
        } catch {
            // An empty line is no event and no damage: every other reader of lines skips it.
            if error == .empty { return }
            badLines += 1
            badLine(number, section.body.lowerBound + range.lowerBound, error)
        }
    }

    /// Begins to look for lines that are far from the others.
    private func watch(
        _ scanner: borrowing FoldScanner, count: Int, _ body: UnsafeRawBufferPointer
    ) {
        let times = (0..<min(count, IndexLimits.linesThatDate)).compactMap { index -> Double? in
            let line = unsafe scanner.lines[index]
            if line.kind == .sample { return line.timestampMs }
            let raw = unsafe UnsafeRawBufferPointer(rebasing: body[line.line.range])
            // try? is right here: a line that is no event has no time, and is reported below.
            return try? unsafe EventParser.parse(raw).timestamp.milliseconds
        }
        far = FarLines(times, allowed: plausible)
        if far.isWatching { plausible = far.plausible(firstMs: .infinity, lastMs: -.infinity) }
    }

    /// Whether a line has to wait: its time is far from those of the lines so far.
    private func isFar(_ timestampMs: Double) -> Bool {
        guard far.isWatching, !plausible.contains(timestampMs), far.allowed.contains(timestampMs)
        else { return false }
        plausible = far.plausible(firstMs: firstMs, lastMs: lastMs)
        return !plausible.contains(timestampMs)
    }

    /// Folds the lines that waited.
    private func foldFar(
        _ body: UnsafeRawBufferPointer, _ section: FrameSection, others: Int,
        _ badLine: (Int, _ offset: Int, LineError) -> Void
    ) {
        guard far.isWatching else { return }
        let (strays, rest) = far.end(others: others)
        for line in strays { unsafe foldOther(body, line.number, line.range, section, badLine) }
        plausible = far.allowed
        for line in rest { unsafe foldOther(body, line.number, line.range, section, badLine) }
    }

    /// - Parameter lineBytes: length of the line that was parsed.
    private func add(_ event: Event, lineBytes: Int) throws(LineError) {
        switch event {
        case .sample(let sample):
            if isWithin(sample.timestamp.milliseconds) { add(sample) }
            return
        case .distribution where !isWithin(event.timestamp.milliseconds): return
        case .runStarted, .runFinished, .edit:
            // These are stored as lines: what cannot be encoded again could not be stored. Of runs
            // only the length can be the reason, and most are far from it.
            var isStorable = lineBytes <= IndexLimits.maxSurelyShortLineBytes
            if case .edit = event { isStorable = false }
            guard isStorable || !canonicalLine(event).isEmpty else { throw .tooLong }
        case .distribution, .session: break
        }
        events += 1
        let isPlausible = plausible.contains(event.timestamp.milliseconds)
        if case .edit = event {
            // An edit says nothing about when the session was measured: see `span`.
            if !isPlausible { doubtful.events += 1 }
        } else {
            note(event.timestamp.milliseconds)
        }
        switch event {
        case .sample: break
        case .distribution(let distribution): add(distribution)
        case .session(let session):
            info.add(session, isPlausible: isPlausible)
            declared.add(
                session.metrics, ignoring: session.ignoredFields, at: session.timestamp,
                isPlausible: isPlausible)
        case .runStarted(var run):
            declared.add(
                run.metrics, ignoring: run.ignoredFields, at: run.timestamp,
                isPlausible: isPlausible)
            // Kept in one place.
            (run.metrics, run.ignoredFields) = ([], 0)
            runs.change(run.run) { $0.add(run, isPlausible: isPlausible) }
        case .runFinished(let run):
            runs.change(run.run) { $0.add(run, isPlausible: isPlausible) }
        case .edit(let edit):
            // One with an id can be taken back, also by an edit that was read before it.
            if edit.kind == .rename, edit.run == nil, edit.id == nil {
                info.keep(
                    "name",
                    SessionFacts.Value(
                        at: edit.timestamp, isPlausible: isPlausible, text: edit.text))
            }
            editTable.add(edit)
        }
    }

    private func add(_ distribution: Distribution) {
        samples = SaturatingCount.sum(samples, distribution.count)
        let key = SeriesKey(
            run: distribution.run ?? "", metric: distribution.metric, unit: distribution.unit,
            labels: distribution.labels)
        let timestampMs = distribution.timestamp.milliseconds
        let destination =
            plausible.contains(timestampMs)
            ? destination(of: key) : doubtfulDestination(of: key)
        store[destination.accumulator].add(distribution)
        if let slice = slice(at: timestampMs, of: destination) {
            store[slice].add(distribution)
        }
    }
}

extension FrameSection {
    /// Whether its lines tell which of them are far from the others: they are many, and come
    /// together however the file is read.
    fileprivate var hasNeighbours: Bool {
        // What was thinned had no line that is far from the others.
        guard let header, header.bareOf == nil, header.thinned == nil else { return false }
        return lineCount > IndexLimits.fewestLinesForStray
    }
}

/// The scanner and line buffer of one thread, reused for each frame.
@safe package struct FoldScanner: ~Copyable {
    private let scanner = LineScanner()
    package let lines: UnsafeMutableBufferPointer<ScannedLine>

    /// Few enough to stay in the L1 cache.
    private static let batch = 128

    package init() {
        unsafe lines = .allocate(capacity: Self.batch)
        unsafe lines.initialize(repeating: ScannedLine())
    }

    deinit { unsafe lines.deallocate() }

    var generation: UInt64 { scanner.generation }
    var keys: UnsafePointer<UInt8> { unsafe scanner.keys }

    package func scan(_ body: UnsafeRawBufferPointer, from offset: inout Int) -> Int {
        unsafe scanner.scan(body, from: &offset, into: lines)
    }
}
