package import TrackerLog

extension SessionIndex {
    /// A hash of the folded state. Equal logs have equal digests, however they were indexed, copied
    /// or split into segments.
    package var digest: UInt64 { state.encoded().contentHash }

    /// - Parameter withSeries: see `SessionState.summary`.
    package func summary(
        now: Timestamp, in storage: any Storage, withSeries: Bool = true
    ) -> SessionSummary {
        var summary = state.summary(
            user: user, session: session, health: health(now: now, in: storage), now: now,
            withSeries: withSeries)
        guard summary.runs.contains(where: { $0.state == .running }),
            !isAlive(now: now, in: storage)
        else { return summary }
        for index in summary.runs.indices where summary.runs[index].state == .running {
            summary.runs[index].state = .unfinished
        }
        return summary
    }

    /// Whether a writer may still append: some segment is not closed.
    private func isAlive(now: Timestamp, in storage: any Storage) -> Bool {
        let closing = closing(now: now)
        let folder = DataLayout.sessionFolder(user, session)
        return inputs.values.contains { !isClosed($0, closing, in: storage) }
            || unopened.contains {
                !closing.isClosed(
                    $0.name, modifiedNs: $0.status?.modifiedNs ?? .max,
                    folder.appending($0.fileName), in: storage)
            }
    }

    private func closing(now: Timestamp) -> SegmentClosing {
        SegmentClosing(of: inputs.values.map(\.name) + unopened.map(\.name), now: now)
    }

    /// Whether all files were read to their end.
    var isWhole: Bool { problem == nil && unreadBytes == 0 }

    /// Whether the summary stays valid while the files do not change. A pending end does not allow
    /// that: it becomes damage once its segment is closed, without a change to the file.
    func isSettled(_ summary: SessionSummary) -> Bool {
        isWhole && summary.health.pendingBytes == 0
    }

    /// Frames read from all files.
    package var frames: Int { inputs.values.reduce(0) { $0 + $1.frames } }
    package var segments: Int { inputs.count }
    package var badRegionCount: Int { inputs.values.reduce(0) { $0 + $1.badRegionCount } }

    /// Damage found in the files. A pending end is damage once it can never become a frame, or once
    /// its segment is closed.
    private func health(now: Timestamp, in storage: any Storage) -> SessionHealth {
        var health = SessionHealth.whole
        let closing = closing(now: now)
        for (_, input) in inputs.sorted(by: { $0.key < $1.key }) {
            health.badRegions += input.badRegions
            health.badRegionCount += input.badRegionCount
            health.badRegionBytes += input.badRegionBytes
            health.wholeBytes += input.offset - input.badRegionBytes
            health.badLines += input.badLines
            health.uncheckedFrames += input.uncheckedFrames
            health.newerFrames += input.newerFrames
            let region = input.end.damage(in: input.name) {
                isClosed(input, closing, in: storage)
            }
            if let region {
                health.badRegions.append(region)
                health.badRegionCount += 1
                health.badRegionBytes += region.length
            } else {
                health.pendingBytes += input.end.length
            }
        }
        health.thinned = claims.thinned(in: inputs.keys)
        health.ignoredFiles = ignored.map(\.name)
        health.ignored = ignored
        return health
    }

    private func isClosed(
        _ input: IndexedSegment, _ closing: SegmentClosing, in storage: any Storage
    ) -> Bool {
        let path = DataLayout.sessionFolder(user, session).appending(input.name.fileName)
        return closing.isClosed(
            input.name, modifiedNs: input.isReadToEnd ? input.status.modifiedNs : nil, path,
            in: storage)
    }
}
