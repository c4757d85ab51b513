import TrackerLog

/// A session's state as text: one text for one state, whatever the order in which it was folded.
extension SessionState {
    /// The state as a JSON object, to go on folding from.
    /// - Returns: its text, and the hash of that part of it which tells what the events say, and
    ///   not how they were framed, copied or repeated.
    package func encoded() -> (text: [UInt8], contentHash: UInt64) {
        canonicalise()
        return unsafe withUnsafeTemporaryAllocation(
            byteCount: StateText.pieceBytes, alignment: 8
        ) { room in
            var out = unsafe StateText(room)
            return encode(to: &out)
        }
    }

    private func encode(to out: inout StateText) -> (text: [UInt8], contentHash: UInt64) {
        out.raw("{\"events\":")
        out.integer(events)
        out.raw(",\"samples\":")
        out.integer(SaturatingCount.told(samples))
        out.raw(",\"bad_lines\":")
        out.integer(badLines)
        out.raw(",\"dropped\":")
        out.integer(SaturatingCount.told(droppedEvents))
        out.raw(",\"first_ms\":")
        out.number(firstMs)
        out.raw(",\"last_ms\":")
        out.number(lastMs)
        out.raw(",\"series\":[")
        for (index, place) in series.sorted.enumerated() {
            let entry = series.entries[place]
            out.raw(index > 0 ? ",[" : "[")
            unsafe out.key(series.index.key(at: place))
            out.raw(",")
            out.optional(entry.unit)
            out.raw(",")
            out.cell(store[entry.cell])
            out.raw("]")
        }
        out.raw("]")
        if let cell = series.overflowCell {
            out.raw(",\"overflow\":[")
            out.cell(store[cell])
            out.raw("]")
        }
        if let key = series.firstExcluded {
            out.raw(",\"first_excluded\":[")
            unsafe key.bytes.withUnsafeBufferPointer { unsafe out.key($0) }
            out.raw("]")
        }
        writeTimelines(to: &out)
        writeEvents(to: &out)
        let contentHash = XXHash64.hash(out.text)
        writeIdentities(to: &out)
        out.raw("}")
        return (out.text, contentHash)
    }

    private func writeTimelines(to out: inout StateText) {
        out.raw(",\"max_cells\":")
        out.integer(timelines.maxCells)
        if let rank = timelines.firstExcludedRank {
            out.raw(",\"timelines_excluded\":")
            out.unsigned(rank)
        }
        out.raw(",\"timelines\":[")
        let sorted = timelines.timelines.sorted { $0.key < $1.key }
        for (index, timeline) in sorted.enumerated() {
            out.raw(index > 0 ? ",[" : "[")
            out.string(timeline.key.run.text)
            out.raw(",")
            out.string(timeline.key.metric.text)
            out.raw(",")
            out.optional(timeline.unit)
            out.raw(",")
            out.integer(timeline.shift)
            out.raw(",")
            out.number(timeline.firstMs)
            out.raw(",")
            out.number(timeline.lastMs)
            out.raw(",[")
            for (index, cell) in timeline.cells.sorted(by: { $0.key < $1.key }).enumerated() {
                out.raw(index > 0 ? ",[" : "[")
                out.integer(cell.key)
                out.raw(",")
                out.cell(store[cell.value])
                out.raw("]")
            }
            out.raw("]]")
        }
        out.raw("]")
    }

    private func writeEvents(to out: inout StateText) {
        out.raw(",\"runs\":[")
        for (index, run) in runs.sorted(by: { $0.key < $1.key }).enumerated() {
            out.raw(index > 0 ? ",[" : "[")
            out.string(run.key.text)
            out.raw(",")
            out.event(run.value.started.map(Event.runStarted))
            out.raw(",")
            out.event(run.value.finished.map(Event.runFinished))
            out.raw("]")
        }
        out.raw("],\"info\":[")
        for (index, field) in info.fields.enumerated() {
            out.raw(index > 0 ? ",[" : "[")
            out.string(field.0)
            out.raw(",")
            out.number(field.1.at.milliseconds)
            out.raw(",")
            out.string(field.1.text)
            out.raw("]")
        }
        out.raw("],\"edits\":[")
        for (index, edit) in edits.enumerated() {
            if index > 0 { out.raw(",") }
            out.event(.edit(edit))
        }
        out.raw("]")
    }

    private func writeIdentities(to out: inout StateText) {
        out.raw(",\"conflicting\":")
        out.integer(conflictingFrames)
        out.raw(",\"writers\":[")
        for (index, writer) in identities.writers.enumerated() {
            out.raw(index > 0 ? ",[" : "[")
            out.string(writer.writer)
            for run in writer.runs {
                out.raw(",")
                out.integer(run.first)
                out.raw(",\"")
                for (index, hash) in run.hashes.enumerated() {
                    if index > 0 { out.raw(" ") }
                    out.integer(Int(hash))
                }
                out.raw("\"")
            }
            out.raw("]")
        }
        out.raw("],\"conflicts\":[")
        let conflicts = identities.conflicts.sorted {
            (ExactText($0.key.writer), $0.key.seq) < (ExactText($1.key.writer), $1.key.seq)
        }
        for (index, conflict) in conflicts.enumerated() {
            out.raw(index > 0 ? ",[" : "[")
            out.string(conflict.key.writer)
            out.raw(",")
            out.integer(conflict.key.seq)
            for hash in conflict.value.sorted() {
                out.raw(",")
                out.integer(Int(hash))
            }
            out.raw("]")
        }
        out.raw("]")
    }
}

/// Builds the text: piece by piece in memory that is lent, where nothing has to grow.
@safe struct StateText {
    private var bytes: [UInt8] = []
    private let piece: UnsafeMutablePointer<UInt8>
    /// Of the piece: how much of it is written.
    private var count = 0
    private let short: UnsafePointer<UInt32>

    /// Of the memory lent.
    static let pieceBytes = 32 << 10
    /// Of any number, with its sign and what ends it.
    private static let maxNumberBytes = 32

    init(_ memory: UnsafeMutableRawBufferPointer) {
        unsafe piece = memory.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self)
        unsafe short = shortNumbers
    }

    /// All so far.
    var text: [UInt8] {
        mutating get {
            flush()
            return bytes
        }
    }

    private mutating func flush() {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: piece, count: count))
        count = 0
    }

    /// Makes room in the piece.
    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if count &+ more > Self.pieceBytes { flush() }
    }

    /// - Parameter most: how long it can be that is put.
    private mutating func put(atMost most: Int, _ body: (inout ByteWriter) -> Void) {
        reserve(most)
        var cursor = unsafe ByteWriter(
            UnsafeMutableRawBufferPointer(start: piece + count, count: most))
        body(&cursor)
        count &+= cursor.count
    }

    mutating func raw(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        unsafe (piece + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        count &+= text.utf8CodeUnitCount
    }

    mutating func integer(_ value: Int) {
        put(atMost: Self.maxNumberBytes) { $0.put(integer: value) }
    }

    mutating func unsigned(_ value: UInt64) {
        put(atMost: Self.maxNumberBytes) { $0.put(whole: value) }
    }

    /// Infinite times, which an empty state has, are `null`.
    mutating func number(_ value: Double) {
        guard value.isFinite else { return raw("null") }
        put(atMost: Self.maxNumberBytes) { $0.put(number: value) }
    }

    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { unsafe string(UnsafeRawBufferPointer($0)) }
    }

    mutating func string(_ text: UnsafeRawBufferPointer) {
        // The longest escape has six bytes.
        let most = 6 * text.count + 2
        guard most <= Self.pieceBytes else {
            flush()
            return unsafe appendJSONString(text, to: &bytes)
        }
        put(atMost: most) { unsafe $0.put(jsonString: text) }
    }

    mutating func optional(_ text: String?) {
        if let text { string(text) } else { raw("null") }
    }

    /// - Parameter key: a `SeriesKeyBytes`.
    mutating func key(_ key: UnsafeBufferPointer<UInt8>) {
        var labels = 0
        unsafe SeriesKey.forEachText(of: key) { index, text in
            if index == 2 { raw(",[") } else if index > 0 { raw(",") }
            unsafe string(text)
            labels = index - 1
        }
        raw(labels > 0 ? "]" : ",[]")
    }

    mutating func event(_ event: Event?) {
        guard let event else { return raw("null") }
        flush()
        // Without its newline.
        bytes.append(contentsOf: canonicalLine(event).dropLast())
    }

    /// Count, errors, extremes, exact sum, and the counts of buckets: `count` for the bucket behind
    /// the one before, as most are, `gap:count` for one further away; the first is counted from 0.
    mutating func cell(_ cell: Accumulator) {
        unsigned(SaturatingCount.told(cell.count))
        raw(",")
        unsigned(SaturatingCount.told(cell.errors))
        raw(",")
        number(cell.min)
        raw(",")
        number(cell.max)
        raw(",\"")
        put(atMost: ExactSum.maxTextBytes) { cell.sum.write(to: &$0) }
        raw("\",\"")
        var last: Int32 = 0
        var isEmpty = true
        cell.buckets.visit { bucket, samples in
            isEmpty = false
            reserve(2 * Self.maxNumberBytes)
            if bucket &- last != 1 { entry(Int(bucket &- last), UInt8(ascii: ":")) }
            entry(Int(truncatingIfNeeded: samples), 0x20)
            last = bucket
        }
        // The quote takes the place of the last one's space.
        if !isEmpty { count &-= 1 }
        raw("\"")
    }

    /// Nearly all of a state is these, and nearly all have one to three digits.
    /// - Precondition: there is room.
    @inline(__always)
    private mutating func entry(_ value: Int, _ end: UInt8) {
        if value >= 0, value < shortNumberCount {
            unsafe UnsafeMutableRawPointer(piece + count).storeBytes(
                of: short[value], as: UInt32.self)
            count &+= value < 10 ? 1 : value < 100 ? 2 : 3
        } else {
            integer(value)
        }
        unsafe piece[count] = end
        count &+= 1
    }
}

private let shortNumberCount = 1_000

/// The numbers from 0 to 999 as text, the first digit in the lowest byte.
private nonisolated(unsafe) let shortNumbers: UnsafePointer<UInt32> = {
    let table = UnsafeMutablePointer<UInt32>.allocate(capacity: shortNumberCount)
    for value in 0..<shortNumberCount {
        let text = "\(value)".utf8.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        unsafe (table + value).initialize(to: text.littleEndian)
    }
    return unsafe UnsafePointer(table)
}()
