import TrackerLog

/// Folding scanned samples: the hot loop.
extension SessionState {
    /// Folds lines from `first` on, as long as they are samples with a plausible time and a known
    /// destination.
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
        let plausible = plausible.cut(to: within)
        unsafe timelines.timelines.withUnsafeMutableBufferPointer { curves in
            var accumulators = unsafe store.accumulators
            while at < count {
                let line = unsafe lines + at
                guard unsafe line.pointee.kind == .sample else { break }
                let timestampMs = unsafe line.pointee.timestampMs
                guard plausible.contains(timestampMs) else { break }
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
        let isPlausible = plausible.contains(line.timestampMs)
        var destination =
            isPlausible
            ? unsafe destination(of: bytes, rank: line.keyHash, names: line.names)
            : unsafe doubtfulDestination(of: bytes, rank: line.keyHash)
        destination.isFailed = line.isFailed
        add(line.value, at: line.timestampMs, to: destination)
        if isPlausible { destinations.learn(text: line.text, destination) }
        return true
    }

    /// Folds a line whose text the scanner knows and this state does not.
    private func addParsed(_ line: ScannedLine, _ content: UnsafeRawPointer) -> Bool {
        let raw = unsafe UnsafeRawBufferPointer(
            start: content + Int(line.line.offset), count: Int(line.line.count))
        // try? is right here: the caller parses the line again and reports the reason.
        guard case .sample(let sample)? = try? unsafe EventParser.parse(raw) else { return false }
        let destination = add(sample)
        if plausible.contains(sample.timestamp.milliseconds) {
            destinations.learn(text: line.text, destination)
        }
        return true
    }

    /// Folds a sample that came from the full parser.
    @discardableResult
    func add(_ sample: Sample) -> DestinationCache.Destination {
        let key = SeriesKey(
            run: sample.run ?? "", metric: sample.metric, unit: sample.unit,
            labels: sample.labels)
        let timestampMs = sample.timestamp.milliseconds
        var destination =
            plausible.contains(timestampMs)
            ? destination(of: key) : doubtfulDestination(of: key)
        destination.isFailed = sample.ok.map { !$0 } ?? key.statusSaysFailed
        add(sample.value, at: timestampMs, to: destination)
        return destination
    }

    private func add(
        _ value: Double, at timestampMs: Double, to destination: DestinationCache.Destination
    ) {
        let sample = PreparedSample(value, isError: destination.isFailed)
        store[destination.accumulator].add(sample)
        events &+= 1
        samples &+= 1
        note(timestampMs)
        if let slice = slice(at: timestampMs, of: destination) { store[slice].add(sample) }
    }

    /// The accumulator of a time in the curve of a destination; `nil` for an excluded curve.
    func slice(
        at timestampMs: Double, of destination: DestinationCache.Destination
    ) -> AccumulatorID? {
        guard destination.timeline.isKept else { return nil }
        let curve = destination.timeline.index
        guard plausible.contains(timestampMs) else {
            return doubtfulTimelines.timelines[curve]
                .accumulator(at: Self.clamped(timestampMs), in: store)
        }
        return timelines.timelines[curve].accumulator(at: timestampMs, in: store)
    }

    /// The destination of a sample without a plausible time. It is not cached: there are few.
    func doubtfulDestination(of key: SeriesKey) -> DestinationCache.Destination {
        unsafe key.bytes.withUnsafeBufferPointer {
            unsafe doubtfulDestination(of: $0, rank: key.rank)
        }
    }

    private func doubtfulDestination(
        of key: UnsafeBufferPointer<UInt8>, rank: UInt64
    ) -> DestinationCache.Destination {
        let (accumulator, hasMoved) = unsafe series.accumulator(of: key, rank: rank, in: store)
        if hasMoved { forgetDestinations() }
        let texts = unsafe SeriesKey.texts(of: key)
        let timeline = doubtfulTimelines.timeline(
            of: TimelineTable.Key(run: texts.run, metric: texts.metric, unit: texts.unit),
            in: store)
        return DestinationCache.Destination(
            accumulator: accumulator, timeline: timeline.id, isFailed: false)
    }

    /// The destination of a series' samples; created if missing.
    func destination(of key: SeriesKey) -> DestinationCache.Destination {
        unsafe key.bytes.withUnsafeBufferPointer {
            unsafe destination(of: $0, rank: key.rank, names: -1)
        }
    }

    /// As above, by the bytes of the key.
    /// - Parameter names: the scanner's number for run, metric and unit; -1 for none.
    private func destination(
        of key: UnsafeBufferPointer<UInt8>, rank: UInt64, names: Int32
    ) -> DestinationCache.Destination {
        let (accumulator, hasMoved) = unsafe series.accumulator(
            of: key, rank: rank, names: names, in: store)
        if hasMoved { forgetDestinations() }
        let timeline = unsafe timeline(of: key, names: names)
        return DestinationCache.Destination(
            accumulator: accumulator, timeline: timeline, isFailed: false)
    }

    /// The timeline of its run, metric and unit.
    private func timeline(of key: UnsafeBufferPointer<UInt8>, names: Int32) -> TimelineID {
        let known = destinations.timeline(names: names)
        guard known == .unknown else { return known }
        let texts = unsafe SeriesKey.texts(of: key)
        let timelineKey = TimelineTable.Key(
            run: texts.run, metric: texts.metric, unit: texts.unit)
        let (timeline, hasMoved) = timelines.timeline(of: timelineKey, in: store)
        if hasMoved { forgetDestinations() }
        destinations.learn(names: names, timeline: timeline)
        return timeline
    }
}
