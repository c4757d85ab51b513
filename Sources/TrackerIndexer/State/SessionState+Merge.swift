import TrackerLog

extension SessionState {
    /// Merges another state, folded from other frames of the same session.
    ///
    /// - Returns: `false`, with nothing changed, when both contain a frame of the same identity: it
    ///   would count twice. Fold the files of both into one state instead.
    package func merge(_ other: SessionState) -> Bool {
        identities.settle()
        other.identities.settle()
        guard identities.isDisjoint(with: other.identities) else { return false }
        identities.formUnion(other.identities)
        series.merge(other.series, from: other.store, into: store)
        timelines.merge(other.timelines, from: other.store, into: store)
        doubtful.merge(other.doubtful)
        doubtfulTimelines.merge(other.doubtfulTimelines, from: other.store, into: store)
        bare.merge(other.bare, from: other.store, into: store)
        runs.merge(other.runs)
        info.merge(other.info)
        declared.merge(other.declared)
        editTable.merge(other.editTable)
        events += other.events
        samples = SaturatingCount.sum(samples, other.samples)
        badLines += other.badLines
        duplicateFrames += other.duplicateFrames
        conflictingFrames += other.conflictingFrames
        droppedEvents = SaturatingCount.sum(droppedEvents, other.droppedEvents)
        firstMs = min(firstMs, other.firstMs)
        lastMs = max(lastMs, other.lastMs)
        writtenFirstMs = min(writtenFirstMs, other.writtenFirstMs)
        writtenLastMs = max(writtenLastMs, other.writtenLastMs)
        forgetDestinations()
        cutTimelines()
        return true
    }

    /// Brings the state into canonical form: all limits are enforced exactly, late numbers merged.
    package func canonicalise() {
        let before = (
            series.entries.count, timelines.timelines.count, bare.curves.timelines.count
        )
        series.cut(in: store)
        timelines.cut(in: store)
        doubtfulTimelines.cut(in: store)
        bare.curves.cut(in: store)
        // Ids change only when something was excluded.
        if before
            != (series.entries.count, timelines.timelines.count, bare.curves.timelines.count)
        {
            forgetDestinations()
        }
        runs.cut()
        declared.cut()
        editTable.cut()
        identities.settle()
    }
}
