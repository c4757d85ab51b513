import TrackerLog

extension LostRecords {
    /// - Parameters:
    ///   - gaps: the missing sequence numbers.
    ///   - health: what was found in the files.
    ///   - present: events that are there.
    init(_ gaps: [Gap], _ health: SessionHealth, present: Int) {
        presentEvents = present
        droppedEvents = SaturatingCount.reported(health.droppedEvents)
        var events = 0.0
        for gap in gaps {
            frames = SaturatingCount.sum(frames, gap.frames)
            events += Double(gap.frames) * gap.eventsPerFrame
            if let time = gap.time {
                times.append(time)
            } else {
                hasUndated = true
            }
        }
        frames = SaturatingCount.reported(frames)
        frameEvents = Int(min(events.rounded(), Double(SaturatingCount.limit)))
        times = Interval.united(times)
        hasUndated = hasUndated || droppedEvents > 0
        // Damage among the frames of a writer shows in their numbers.
        guard gaps.isEmpty, health.lostRegionBytes > 0 else { return }
        hasUndated = true
        unreadableBytes = health.lostRegionBytes
        let density = Double(present) / Double(max(1, health.wholeBytes))
        let estimate = Double(health.lostRegionBytes) * density
        unreadableEvents = max(1, Int(min(estimate.rounded(), Double(SaturatingCount.limit))))
    }

    /// What of it concerns a run: all that may have been written meanwhile. `nil` when nothing.
    func part(of run: RunSummary) -> LostRecords? {
        let startMs = run.started?.milliseconds ?? -.infinity
        let endMs = run.state == .running ? nil : (run.finished ?? run.last)?.milliseconds
        var part = self
        part.times = times.filter { $0.endMs >= startMs && $0.startMs <= endMs ?? .infinity }
        return part.times.isEmpty && !hasUndated ? nil : part
    }
}

extension Gap {
    /// When its frames were written; `nil` when the frames around it do not say.
    fileprivate var time: Interval? {
        guard let afterMs, let beforeMs, afterMs <= beforeMs else { return nil }
        return Interval(startMs: afterMs, endMs: beforeMs)
    }
}
