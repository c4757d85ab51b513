package import TrackerLog

/// Reading a state back. Nothing in a snapshot is trusted: what does not fit makes it no snapshot.
extension SessionState {
    /// - Returns: `nil` when the object is not what `encoded` writes.
    package convenience init?(object: JSONValue) {
        self.init()
        do throws(StateMismatch) {
            try restore(StateReader(object))
        } catch {
            return nil
        }
    }

    private func restore(_ fields: StateReader) throws(StateMismatch) {
        events = try fields["events"].count()
        samples = try fields["samples"].count()
        badLines = try fields["bad_lines"].count()
        droppedEvents = try fields["dropped"].count()
        firstMs = try fields["first_ms"].heldTime(orNull: .infinity)
        lastMs = try fields["last_ms"].heldTime(orNull: -.infinity)
        for row in try fields["series"].rows() {
            let key = try row.key(at: 0)
            let unit = try row[3].optionalText()
            let cell = try row.cell(at: 4, in: store)
            unsafe key.bytes.withUnsafeBufferPointer {
                unsafe series.append($0, rank: key.rank, unit: unit, cell: cell)
            }
        }
        if let row = fields.optional("overflow") {
            store.drain(try row.cell(at: 0, in: store), into: series.overflow(in: store))
        }
        if let row = fields.optional("first_excluded") {
            series.restore(firstExcluded: try row.key(at: 0))
        }
        try restoreTimelines(fields)
        try restoreEvents(fields)
        try restoreIdentities(fields)
    }

    private func restoreTimelines(_ fields: StateReader) throws(StateMismatch) {
        let maxCells = try fields["max_cells"].count()
        guard (IndexLimits.fewestTimeBuckets...IndexLimits.maxTimeBuckets).contains(maxCells) else {
            throw StateMismatch()
        }
        timelines.restore(
            firstExcludedRank: try fields.optional("timelines_excluded")?.unsigned(),
            maxCells: maxCells)
        for row in try fields["timelines"].rows() {
            let shift = try row[3].count()
            guard shift < Self.maxShift else { throw StateMismatch() }
            let key = Timeline.Key(run: try row[0].text(), metric: try row[1].text())
            var timeline = Timeline(key, shift: shift, maxCells: maxCells)
            timeline.unit = try row[2].optionalText()
            timeline.restore(
                firstMs: try row[4].heldTime(orNull: nil), lastMs: try row[5].heldTime(orNull: nil))
            for cell in try row[6].rows() {
                let index = try cell[0].count()
                guard index <= Int(IndexLimits.maxTimestampMs) / timeline.widthMs else {
                    throw StateMismatch()
                }
                timeline.restore(cell: try cell.cell(at: 1, in: store), index: index)
            }
            timelines.append(timeline)
        }
    }

    /// 2^40 seconds are 35,000 years.
    private static let maxShift = 40

    private func restoreEvents(_ fields: StateReader) throws(StateMismatch) {
        for row in try fields["runs"].rows() {
            var run = RunFacts()
            if case .runStarted(let event)? = try row[1].event() { run.add(event) }
            if case .runFinished(let event)? = try row[2].event() { run.add(event) }
            runs[ExactText(try row[0].text())] = run
        }
        for row in try fields["info"].rows() {
            let at = try row[1].time()
            info.restore(try row[0].text(), SessionFacts.Said(at: at, text: try row[2].text()))
        }
        for row in try fields["edits"].rows() {
            if case .edit(let edit)? = try row.event() { edits.append(edit) }
            hasUnsortedEdits = true
        }
    }

    private func restoreIdentities(_ fields: StateReader) throws(StateMismatch) {
        conflictingFrames = try fields["conflicting"].count()
        for row in try fields["writers"].rows() {
            var runs: [FrameLedger.Run] = []
            for at in stride(from: 1, to: row.elements.count, by: 2) {
                let hashes = try row[at + 1].text().split(separator: " ").map { UInt32($0) }
                guard !hashes.contains(nil) else { throw StateMismatch() }
                runs.append(
                    FrameLedger.Run(first: try row[at].count(), hashes: hashes.compactMap { $0 }))
            }
            guard identities.restore(writer: try row[0].text(), runs: runs) else {
                throw StateMismatch()
            }
        }
        for row in try fields["conflicts"].rows() {
            var hashes: Set<UInt32> = []
            for at in 2..<max(2, row.elements.count) {
                guard let hash = UInt32(exactly: try row[at].count()) else { throw StateMismatch() }
                hashes.insert(hash)
            }
            let identity = FrameIdentity(writer: try row[0].text(), seq: try row[1].count())
            identities.restore(conflict: identity, hashes: hashes)
        }
    }
}

/// The text is not that of a state.
struct StateMismatch: Error {}

/// One value of a state's text, read as what it should be.
private struct StateReader {
    let value: JSONValue?

    init(_ value: JSONValue?) { self.value = value }

    subscript(key: String) -> StateReader { StateReader(value?[key]) }

    func optional(_ key: String) -> StateReader? { value?[key].map(StateReader.init) }

    var elements: [JSONValue] { value?.arrayValue ?? [] }

    subscript(index: Int) -> StateReader {
        let elements = elements
        return StateReader(elements.indices.contains(index) ? elements[index] : nil)
    }

    func rows() throws(StateMismatch) -> [StateReader] {
        guard let elements = value?.arrayValue else { throw StateMismatch() }
        return elements.map(StateReader.init)
    }

    func count() throws(StateMismatch) -> Int {
        // Beyond 2^53 a count is no count, and adding to it could overflow.
        guard let number = value?.intValue, (0...SaturatingCount.most).contains(number) else {
            throw StateMismatch()
        }
        return number
    }

    func unsigned() throws(StateMismatch) -> UInt64 {
        guard case .number(let text)? = value, let number = UInt64(text) else {
            throw StateMismatch()
        }
        return number
    }

    func text() throws(StateMismatch) -> String {
        guard let text = value?.stringValue else { throw StateMismatch() }
        return text
    }

    func optionalText() throws(StateMismatch) -> String? {
        if case .null? = value { return nil }
        return try text()
    }

    func finite(orNull empty: Double) throws(StateMismatch) -> Double {
        if case .null? = value { return empty }
        guard let number = value?.doubleValue, number.isFinite else { throw StateMismatch() }
        return number
    }

    func time() throws(StateMismatch) -> Timestamp {
        guard let time = value?.doubleValue.flatMap(Timestamp.init(milliseconds:)) else {
            throw StateMismatch()
        }
        return time
    }

    /// A time within what can be shown.
    func heldTime(orNull empty: Double?) throws(StateMismatch) -> Double {
        if case .null? = value, let empty { return empty }
        let time = try time().milliseconds
        guard (0...IndexLimits.maxTimestampMs).contains(time) else { throw StateMismatch() }
        return time
    }

    /// `nil` for null.
    func event() throws(StateMismatch) -> Event? {
        if case .null? = value { return nil }
        guard case .object? = value, let value else { throw StateMismatch() }
        do throws(LineError) {
            return try EventParser.parse(Array(value.text.utf8))
        } catch {
            throw StateMismatch()
        }
    }

    func key(at index: Int) throws(StateMismatch) -> SeriesKey {
        let texts = try self[index + 2].rows()
        var labels: [Label] = []
        for at in stride(from: 0, to: texts.count - 1, by: 2) {
            labels.append(Label(try texts[at].text(), try texts[at + 1].text()))
        }
        guard texts.count % 2 == 0 else { throw StateMismatch() }
        return SeriesKey(
            run: try self[index].text(), metric: try self[index + 1].text(), labels: labels)
    }

    func cell(
        at index: Int, in store: AccumulatorPool
    ) throws(StateMismatch) -> AccumulatorID {
        let cell = store.make()
        store[cell].count = UInt64(try self[index].count())
        store[cell].errors = UInt64(try self[index + 1].count())
        store[cell].min = try self[index + 2].finite(orNull: .infinity)
        store[cell].max = try self[index + 3].finite(orNull: -.infinity)
        guard let sum = ExactSum(text: try self[index + 4].text()[...]) else {
            throw StateMismatch()
        }
        store[cell].sum = sum
        var bucket = 0
        for field in try self[index + 5].text().utf8.split(separator: 0x20) {
            var gap = 1
            var digits = field
            if let colon = field.firstIndex(of: UInt8(ascii: ":")) {
                guard let number = Int(Substring(field[..<colon])),
                    number.magnitude <= 2 * UInt(Bucket.maxIndex)
                else { throw StateMismatch() }
                gap = number
                digits = field[field.index(after: colon)...]
            }
            bucket += gap
            guard abs(bucket) <= Int(Bucket.maxIndex), let count = Int(Substring(digits)),
                (1...SaturatingCount.most).contains(count)
            else { throw StateMismatch() }
            store[cell].buckets.add(Int32(bucket), count: UInt64(count))
        }
        return cell
    }
}
