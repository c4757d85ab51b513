import TrackerLog

/// Folding scanned samples: the hot loop.
extension SessionState {
    /// Folds lines from `first` on, as long as they are samples with a known destination.
    /// - Parameter count: the number of lines in the scanner's batch.
    /// - Returns: the index of the first line that was not folded.
    @inline(never)
    func addKnown(_ scanner: borrowing FoldScanner, from first: Int, count: Int) -> Int {
        let lines = unsafe UnsafePointer(scanner.lines.baseAddress.unsafelyUnwrapped)
        let keys = unsafe scanner.keys
        let destinations = destinations
        let texts = unsafe destinations.texts
        let timelineIDs = unsafe destinations.timelines
        let store = store
        let seriesIndex = series.index
        let overflowHash = series.firstExcluded?.rank ?? .max
        let overflow = series.overflowAccumulator ?? .none
        var at = first
        var low = firstMs
        var high = lastMs
        unsafe timelines.timelines.withUnsafeMutableBufferPointer { curves in
            var accumulators = unsafe store.accumulators
            while at < count {
                let line = unsafe lines + at
                guard unsafe line.pointee.kind == .sample else { break }
                let text = unsafe Int(line.pointee.text)
                var destination = DestinationCache.Destination.unknown
                if text >= 0, text < texts.count { destination = unsafe texts[text] }
                if destination.accumulator.isNone {
                    let names = unsafe Int(line.pointee.names)
                    guard unsafe line.pointee.key.count > 0, names >= 0, names < timelineIDs.count
                    else { break }
                    destination.timeline = unsafe timelineIDs[names]
                    let hash = unsafe line.pointee.keyHash
                    destination.accumulator =
                        hash > overflowHash
                        ? overflow
                        : unsafe seriesIndex.accumulator(
                            hash, keys + Int(line.pointee.key.offset),
                            count: Int(line.pointee.key.count), names: line.pointee.names)
                    guard !destination.accumulator.isNone, destination.timeline != .unknown else {
                        break
                    }
                    destination.isFailed = unsafe line.pointee.isFailed
                    if text >= 0, text < texts.count { unsafe texts[text] = destination }
                }
                let sample = unsafe PreparedSample(
                    line.pointee.value, isError: destination.isFailed)
                unsafe accumulators[destination.accumulator.index].add(sample)
                let timestampMs = unsafe Self.clamped(line.pointee.timestampMs)
                if timestampMs < low { low = timestampMs }
                if timestampMs > high { high = timestampMs }
                if destination.timeline.isKept {
                    let curve = destination.timeline.index
                    var slice = unsafe curves[curve].current(at: timestampMs)
                    if slice.isNone {
                        slice = unsafe curves[curve].accumulator(at: timestampMs, in: store)
                        unsafe accumulators = unsafe store.accumulators
                    }
                    unsafe accumulators[slice.index].add(sample)
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
    static func clamped(_ timestampMs: Double) -> Double {
        min(max(timestampMs, 0), IndexLimits.maxTimestampMs)
    }

    /// Folds a sample whose destination is not known yet, and caches the destination.
    /// - Returns: `false` for a line that needs the full parser.
    func addNew(_ line: ScannedLine, keys: UnsafePointer<UInt8>, content: UnsafeRawPointer) -> Bool
    {
        guard line.key.count > 0 else { return unsafe addParsed(line, content) }
        let bytes = unsafe UnsafeBufferPointer(
            start: keys + Int(line.key.offset), count: Int(line.key.count))
        let unit = unsafe UnsafeRawBufferPointer(
            start: keys + Int(line.unit.offset), count: Int(line.unit.count))
        var destination = unsafe destination(
            of: bytes, rank: line.keyHash,
            unit: unit.isEmpty ? nil : String(decoding: unit, as: UTF8.self), names: line.names)
        destination.isFailed = line.isFailed
        add(line.value, at: line.timestampMs, to: destination)
        destinations.learn(text: line.text, destination)
        return true
    }

    /// Folds a line whose text the scanner knows and this state does not.
    private func addParsed(_ line: ScannedLine, _ content: UnsafeRawPointer) -> Bool {
        let raw = unsafe UnsafeRawBufferPointer(
            start: content + Int(line.line.offset), count: Int(line.line.count))
        // try? is right here: the caller parses the line again and reports the reason.
        guard case .sample(let sample)? = try? unsafe EventParser.parse(raw) else { return false }
        destinations.learn(text: line.text, add(sample))
        return true
    }

    /// Folds a sample that came from the full parser.
    @discardableResult
    func add(_ sample: Sample) -> DestinationCache.Destination {
        let key = SeriesKey(
            run: sample.run ?? "", metric: sample.metric, labels: sample.labels)
        var destination = destination(of: key, unit: sample.unit)
        destination.isFailed = sample.ok.map { !$0 } ?? key.statusSaysFailed
        add(sample.value, at: sample.timestamp.milliseconds, to: destination)
        return destination
    }

    private func add(
        _ value: Double, at timestampMs: Double, to destination: DestinationCache.Destination
    ) {
        let sample = PreparedSample(value, isError: destination.isFailed)
        store[destination.accumulator].add(sample)
        events &+= 1
        samples &+= 1
        let timestampMs = note(timestampMs)
        guard destination.timeline.isKept else { return }
        let slice = timelines.timelines[destination.timeline.index]
            .accumulator(at: timestampMs, in: store)
        store[slice].add(sample)
    }

    /// The destination of a series' samples; created if missing.
    func destination(of key: SeriesKey, unit: String?) -> DestinationCache.Destination {
        unsafe key.bytes.withUnsafeBufferPointer {
            unsafe destination(of: $0, rank: key.rank, unit: unit, names: -1)
        }
    }

    /// As above, by the bytes of the key.
    /// - Parameter names: the scanner's number for run, metric and unit; -1 for none.
    private func destination(
        of key: UnsafeBufferPointer<UInt8>, rank: UInt64, unit: String?, names: Int32
    ) -> DestinationCache.Destination {
        let (accumulator, hasMoved) = unsafe series.accumulator(
            of: key, rank: rank, unit: unit, names: names, in: store)
        if hasMoved { forgetDestinations() }
        let timeline = unsafe timeline(of: key, unit: unit, names: names)
        return DestinationCache.Destination(
            accumulator: accumulator, timeline: timeline, isFailed: false)
    }

    /// The timeline of its run and metric.
    private func timeline(
        of key: UnsafeBufferPointer<UInt8>, unit: String?, names: Int32
    ) -> TimelineID {
        let known = destinations.timeline(names: names)
        guard known == .unknown else { return known }
        let texts = unsafe SeriesKey.texts(of: key)
        let timelineKey = TimelineTable.Key(run: texts.run, metric: texts.metric)
        let (timeline, hasMoved) = timelines.timeline(of: timelineKey, unit: unit, in: store)
        if hasMoved { forgetDestinations() }
        destinations.learn(names: names, timeline: timeline)
        return timeline
    }
}
