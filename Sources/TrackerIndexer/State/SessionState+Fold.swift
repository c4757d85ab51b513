import TrackerLog

/// Folding scanned samples: the loop that nearly all time is spent in.
extension SessionState {
    /// Folds lines from `first` on, as long as they are samples that go to known places.
    /// - Parameter count: of the lines.
    /// - Returns: the first line that was not folded.
    @inline(never)
    func addKnown(_ scanner: borrowing FoldScanner, from first: Int, count: Int) -> Int {
        let lines = unsafe UnsafePointer(scanner.lines.baseAddress.unsafelyUnwrapped)
        let keys = unsafe scanner.keys
        let places = places
        let texts = unsafe places.texts
        let curveNumbers = unsafe places.timelines
        let store = store
        let seriesIndex = series.index
        let overflowHash = series.firstExcluded?.rank ?? .max
        let overflowCell = series.overflowCell ?? -1
        var at = first
        var low = firstMs
        var high = lastMs
        unsafe timelines.timelines.withUnsafeMutableBufferPointer { curves in
            var cells = unsafe store.cells
            while at < count {
                let line = unsafe lines + at
                guard unsafe line.pointee.kind == .sample else { break }
                let text = unsafe Int(line.pointee.text)
                var place = DestinationCache.Destination.unknown
                if text >= 0, text < texts.count { place = unsafe texts[text] }
                if place.cell < 0 {
                    let names = unsafe Int(line.pointee.names)
                    guard unsafe line.pointee.key.count > 0, names >= 0, names < curveNumbers.count
                    else { break }
                    place.timeline = unsafe curveNumbers[names]
                    let hash = unsafe line.pointee.keyHash
                    place.cell =
                        hash > overflowHash
                        ? overflowCell
                        : unsafe seriesIndex.cell(
                            hash, keys + Int(line.pointee.key.offset),
                            count: Int(line.pointee.key.count), names: line.pointee.names)
                    guard place.cell >= 0, place.timeline != DestinationCache.unknownTimeline else {
                        break
                    }
                    place.isFailed = unsafe line.pointee.isFailed
                    if text >= 0, text < texts.count { unsafe texts[text] = place }
                }
                let sample = unsafe PreparedSample(line.pointee.value, isError: place.isFailed)
                unsafe cells[Int(place.cell)].add(sample)
                let timestampMs = unsafe Self.held(line.pointee.timestampMs)
                if timestampMs < low { low = timestampMs }
                if timestampMs > high { high = timestampMs }
                if place.timeline >= 0 {
                    let curve = Int(place.timeline)
                    var cell = unsafe curves[curve].currentCell(at: timestampMs)
                    if cell < 0 {
                        cell = unsafe curves[curve].cell(at: timestampMs, in: store)
                        unsafe cells = unsafe store.cells
                    }
                    unsafe cells[Int(cell)].add(sample)
                }
                at &+= 1
            }
        }
        firstMs = low
        lastMs = high
        events &+= at - first
        samples &+= at - first
        return at
    }

    /// A time, held within what can be shown.
    @inline(__always)
    static func held(_ timestampMs: Double) -> Double {
        min(max(timestampMs, 0), IndexLimits.maxTimestampMs)
    }

    /// Folds a sample whose place is not known yet, and makes it known.
    /// - Returns: `false` for a line that the full parser has to read.
    func addNew(_ line: ScannedLine, keys: UnsafePointer<UInt8>, content: UnsafeRawPointer) -> Bool
    {
        guard line.key.count > 0 else { return unsafe addParsed(line, content) }
        let bytes = unsafe UnsafeBufferPointer(
            start: keys + Int(line.key.offset), count: Int(line.key.count))
        let unit = unsafe UnsafeRawBufferPointer(
            start: keys + Int(line.unit.offset), count: Int(line.unit.count))
        let place = unsafe place(
            of: bytes, rank: line.keyHash,
            unit: unit.isEmpty ? nil : String(decoding: unit, as: UTF8.self), names: line.names)
        add(line.value, at: line.timestampMs, to: place, isError: line.isFailed)
        places.learn(
            text: line.text,
            .init(cell: place.cell, timeline: place.timeline, isFailed: line.isFailed))
        return true
    }

    /// A line with a known text, which this state has not seen before.
    private func addParsed(_ line: ScannedLine, _ content: UnsafeRawPointer) -> Bool {
        let raw = unsafe UnsafeRawBufferPointer(
            start: content + Int(line.line.offset), count: Int(line.line.count))
        // try? is right here: who gets the line next tells the reason.
        guard case .sample(let sample)? = try? unsafe EventParser.parse(raw) else { return false }
        places.learn(text: line.text, add(sample))
        return true
    }

    /// A sample in a spelling that the scanner leaves to the full parser.
    @discardableResult
    func add(_ sample: Sample) -> DestinationCache.Destination {
        let key = SeriesKey(
            run: sample.run ?? "", metric: sample.metric, labels: sample.labels)
        let isError = sample.ok.map { !$0 } ?? key.statusSaysFailed
        var place = place(of: key, unit: sample.unit)
        place.isFailed = isError
        add(sample.value, at: sample.timestampMs, to: place, isError: isError)
        return place
    }

    private func add(
        _ value: Double, at timestampMs: Double, to place: DestinationCache.Destination,
        isError: Bool
    ) {
        let sample = PreparedSample(value, isError: isError)
        store[place.cell].add(sample)
        events &+= 1
        samples &+= 1
        let timestampMs = note(timestampMs)
        guard place.timeline >= 0 else { return }
        let cell = timelines.timelines[Int(place.timeline)].cell(at: timestampMs, in: store)
        store[cell].add(sample)
    }

    /// Where samples of a series go; made where there was none.
    func place(of key: SeriesKey, unit: String?) -> DestinationCache.Destination {
        unsafe key.bytes.withUnsafeBufferPointer {
            unsafe place(of: $0, rank: key.rank, unit: unit, names: -1)
        }
    }

    /// The same by the bytes of its key.
    /// - Parameter names: the scanner's number for run, metric and unit; -1 for none.
    private func place(
        of key: UnsafeBufferPointer<UInt8>, rank: UInt64, unit: String?, names: Int32
    ) -> DestinationCache.Destination {
        let (place, seriesMoved) = unsafe series.place(
            of: key, rank: rank, unit: unit, names: names, in: store)
        if seriesMoved { forgetPlaces() }
        let timeline = unsafe timeline(of: key, unit: unit, names: names)
        let cell =
            switch place {
            case .series(let index): series.entries[Int(index)].cell
            case .overflow(let cell): cell
            }
        return DestinationCache.Destination(cell: cell, timeline: timeline, isFailed: false)
    }

    /// The place of the curve of its run and metric; -1 when it is left out.
    private func timeline(
        of key: UnsafeBufferPointer<UInt8>, unit: String?, names: Int32
    ) -> Int32 {
        let known = places.timeline(names: names)
        guard known == DestinationCache.unknownTimeline else { return known }
        let texts = unsafe SeriesKey.texts(of: key)
        let timelineKey = TimelineTable.Key(run: texts.run, metric: texts.metric)
        let (timeline, hasMoved) = timelines.place(of: timelineKey, unit: unit, in: store)
        if hasMoved { forgetPlaces() }
        places.learn(names: names, timeline: timeline ?? -1)
        return timeline ?? -1
    }
}
