import TrackerLog

/// A session's state as text: one text for one state, whatever the order in which it was folded.
extension SessionState {
    /// The state as a JSON object, to go on folding from.
    /// - Returns: its text, and the hash of that part of it which tells what the events say, and
    ///   not how they were framed, copied or repeated.
    package func encoded() -> (text: [UInt8], contentHash: UInt64) {
        canonicalise()
        var out = StateText()
        out.raw(
            "{\"events\":\(events),\"samples\":\(Counting.told(samples)),\"bad_lines\":\(badLines)")
        out.raw(",\"dropped\":\(Counting.told(droppedEvents)),\"first_ms\":")
        out.number(firstMs)
        out.raw(",\"last_ms\":")
        out.number(lastMs)
        out.raw(",\"series\":[")
        for (index, entry) in series.sorted.enumerated() {
            out.raw(index > 0 ? ",[" : "[")
            out.key(entry.key)
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
            out.key(key)
            out.raw("]")
        }
        writeTimelines(to: &out)
        writeEvents(to: &out)
        let contentHash = XXHash64.hash(out.bytes)
        writeIdentities(to: &out)
        out.raw("}")
        return (out.bytes, contentHash)
    }

    private func writeTimelines(to out: inout StateText) {
        out.raw(",\"max_cells\":\(timelines.maxCells)")
        if let rank = timelines.firstExcludedRank { out.raw(",\"timelines_excluded\":\(rank)") }
        out.raw(",\"timelines\":[")
        let sorted = timelines.timelines.sorted { $0.key < $1.key }
        for (index, timeline) in sorted.enumerated() {
            out.raw(index > 0 ? ",[" : "[")
            out.string(timeline.key.run.text)
            out.raw(",")
            out.string(timeline.key.metric.text)
            out.raw(",")
            out.optional(timeline.unit)
            out.raw(",\(timeline.shift),")
            out.number(timeline.firstMs)
            out.raw(",")
            out.number(timeline.lastMs)
            out.raw(",[")
            for (index, cell) in timeline.cells.sorted(by: { $0.key < $1.key }).enumerated() {
                out.raw(index > 0 ? ",[" : "[")
                out.raw("\(cell.key),")
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
            out.number(field.1.atMs)
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
        out.raw(",\"conflicting\":\(conflictingFrames)")
        out.raw(",\"writers\":[")
        for (index, writer) in identities.writers.enumerated() {
            out.raw(index > 0 ? ",[" : "[")
            out.string(writer.writer)
            for run in writer.runs {
                out.raw(",\(run.first),\"")
                for (index, hash) in run.hashes.enumerated() {
                    out.raw(index > 0 ? " \(hash)" : "\(hash)")
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
            out.raw(",\(conflict.key.seq)")
            for hash in conflict.value.sorted() { out.raw(",\(hash)") }
            out.raw("]")
        }
        out.raw("]")
    }
}

/// Builds the text. Infinite times, which an empty state has, are `null`.
struct StateText {
    private(set) var bytes: [UInt8] = []

    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }
    mutating func string(_ text: String) { appendJSONString(text, to: &bytes) }
    mutating func string(_ text: UnsafeRawBufferPointer) {
        unsafe appendJSONString(text, to: &bytes)
    }

    mutating func optional(_ text: String?) {
        if let text { string(text) } else { raw("null") }
    }

    mutating func number(_ value: Double) {
        raw(value.isFinite ? shortestText(of: value) : "null")
    }

    mutating func key(_ key: SeriesKey) {
        var labels = 0
        unsafe key.forEachText { index, text in
            if index == 2 { raw(",[") } else if index > 0 { raw(",") }
            unsafe string(text)
            labels = index - 1
        }
        raw(labels > 0 ? "]" : ",[]")
    }

    mutating func event(_ event: Event?) {
        guard let event else { return raw("null") }
        let line = canonicalLine(event)
        // Without its newline.
        bytes.append(contentsOf: line.dropLast())
    }

    /// Count, errors, extremes, exact sum, and `bucket count` pairs with each bucket relative to
    /// the one before.
    mutating func cell(_ cell: Cell) {
        integer(Int64(Counting.told(cell.count)))
        raw(",")
        integer(Int64(Counting.told(cell.errors)))
        raw(",")
        number(cell.min)
        raw(",")
        number(cell.max)
        raw(",\"\(cell.sum.text)\",\"")
        var last: Int32 = 0
        cell.buckets.visit { bucket, count in
            integer(Int64(bucket - last))
            bytes.append(0x20)
            integer(Int64(bitPattern: count))
            bytes.append(0x20)
            last = bucket
        }
        if bytes.last == 0x20 { bytes.removeLast() }
        raw("\"")
    }

    private mutating func integer(_ value: Int64) {
        if value >= 0, value < 10 {
            bytes.append(0x30 + UInt8(value))
        } else if value > 0, value < 1_000 {
            let value = UInt16(value)
            if value >= 100 { bytes.append(0x30 + UInt8(value / 100)) }
            bytes.append(0x30 + UInt8(value / 10 % 10))
            bytes.append(0x30 + UInt8(value % 10))
        } else {
            bytes.append(contentsOf: String(value).utf8)
        }
    }
}
