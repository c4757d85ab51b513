import TrackerIndexer
package import TrackerLog

/// Events of sessions for a page that is a file: all of them, or where they are too many the
/// histograms of each point of the curves instead of samples.
package struct EmbeddedEvents {
    /// zstd in Base64; empty if nothing can be embedded.
    package let text: [UInt8]
    /// What it is, for people.
    package let holds: String
    /// Whether it is every event of the log.
    package let isWhole: Bool

    /// - Parameter room: bytes that all events may take in the page.
    package init(
        _ selection: ExportSelection, room: Int, from storage: any Storage, now: Timestamp
    ) throws(ExportError) {
        do throws(ExportError) {
            try selection.checkRuns()
        } catch {
            (text, isWhole) = ([], false)
            holds =
                "It holds no events: runs of the same name are in more than one of the sessions."
            return
        }
        var reader = Reader(
            selection: selection, events: LoggedEvents(storage: storage, now: now))
        if let lines = try reader.all(atMost: ExportLimits.maxEmbeddedLines) {
            let packed = try Self.packed(lines)
            if packed.count <= room {
                (text, isWhole) = (packed, true)
                holds =
                    "It holds all \(reader.count) events of the log: `tracker import` takes the"
                    + " page back with nothing lost."
                return
            }
        }
        let samples = reader.samples
        text = try Self.packed(try reader.thinned())
        isWhole = false
        holds =
            "It holds the histograms of each point of the curves, a second or more, instead of"
            + " \(samples) samples, without their labels; runs, conditions and notes are whole."
            + " `tracker import` takes the page back."
    }

    private static func packed(_ lines: [UInt8]) throws(ExportError) -> [UInt8] {
        guard let packed = ZstdText.compress(lines, level: ExportLimits.embeddedLevel) else {
            throw .nothing("there is no memory to compress the events")
        }
        return HdrWriter.base64(packed)
    }
}

private struct Reader {
    let selection: ExportSelection
    var events: LoggedEvents
    var count = 0
    var samples = 0

    /// All lines; `nil` if they are longer. Counts to the end in any case.
    mutating func all(atMost limit: Int) throws(ExportError) -> [UInt8]? {
        var lines: [UInt8] = []
        var isTooLong = false
        var (count, samples) = (0, 0)
        try visit { line, event in
            count += 1
            switch event {
            case .sample, .distribution: samples += 1
            default: break
            }
            isTooLong = isTooLong || lines.count + line.count > limit
            if !isTooLong { lines += line + [0x0A] }
        }
        (self.count, self.samples) = (count, samples)
        return isTooLong ? nil : lines
    }

    /// Everything but what was measured, and the curves.
    mutating func thinned() throws(ExportError) -> [UInt8] {
        var lines: [UInt8] = []
        var curves: Set<Curve> = []
        for (_, run) in selection.runs {
            for timeline in run.timelines {
                curves.insert(
                    Curve(run: ExactText(run.run), metric: ExactText(timeline.metric)))
            }
        }
        try visit { line, event in
            switch event {
            case .sample(let sample):
                // The value of a report is in no curve.
                let curve = Curve(
                    run: ExactText(sample.run ?? ""), metric: ExactText(sample.metric))
                if !curves.contains(curve) { lines += line + [0x0A] }
            case .distribution: return
            default: lines += line + [0x0A]
            }
        }
        for (_, run) in selection.runs {
            for timeline in run.timelines {
                for event in Self.events(of: timeline, in: run) {
                    _ = EventEncoder.append(.distribution(event), to: &lines)
                }
            }
        }
        return lines
    }

    private struct Curve: Hashable {
        let run: ExactText
        let metric: ExactText
    }

    private static func events(
        of timeline: MetricTimeline, in run: RunSummary
    ) -> [Distribution] {
        let dated = timeline.buckets.map {
            (Timestamp(clamping: Double($0.startMs)), $0.aggregate)
        }
        // Without a curve the numbers stay, at the start of the run; without a time of their own
        // they have none that dates anything.
        let start = run.started ?? .epoch
        let whole = timeline.isExcluded ? [(start, timeline.total)] : []
        let undated = timeline.undated.map { [(Timestamp.epoch, $0)] } ?? []
        return (dated + whole + undated).flatMap { time, aggregate in
            [
                (aggregate.successes, aggregate.mixedErrors),
                (aggregate.failures, aggregate.failures.count),
            ].compactMap { population, errors in
                guard population.count > 0, population.sum.isFinite else { return nil }
                return Distribution(
                    timestamp: time, metric: timeline.metric,
                    histogram: population.histogram.buckets, count: population.count,
                    sum: population.sum, min: population.min, max: population.max,
                    errors: min(errors, population.count),
                    durationMs: Double(timeline.bucketWidthMs), unit: timeline.unit,
                    run: run.run.isEmpty ? nil : run.run)
            }
        }
    }

    private mutating func visit(
        _ body: (ArraySlice<UInt8>, Event) -> Void
    ) throws(ExportError) {
        do throws(StorageError) {
            for session in selection.sessions {
                try events.visit(session) { line, event throws(StorageError) in body(line, event) }
            }
        } catch {
            throw .storage(error)
        }
    }
}
