package import TrackerLog

/// The result of several processes appending to one file at once, some of them killed. It is
/// computed from the file's bytes alone; `SelfTestRun` runs the processes.
package struct AppendTrial: Sendable, Hashable {
    /// Complete frames.
    package var frames = 0
    /// Acknowledged frames: `write(2)` had returned.
    package var acknowledged = 0
    /// Acknowledged frames that are not in the file.
    package var missing = 0
    /// Frames cut off by a kill: at most one per kill is allowed.
    package var torn = 0
    package var kills: Int
    /// Damaged frames: appends were interleaved, or one overwrote another.
    package var mixed = 0
    /// Frames out of their writer's order.
    package var outOfOrder = 0

    package var holds: Bool { missing == 0 && mixed == 0 && outOfOrder == 0 && torn <= kills }

    /// - Parameters:
    ///   - acknowledged: number of acknowledged frames of each writer; sequence numbers count from
    ///     0.
    ///   - kills: number of killed writers.
    /// - Throws: the error of reading the file.
    package init(
        _ file: any StorageFile, name: SegmentName, session: SessionID,
        acknowledged: [String: Int], kills: Int
    ) throws(StorageError) {
        self.kills = kills
        var next: [String: Int] = [:]
        var found: [FrameIdentity: Bool] = [:]
        var (frames, outOfOrder) = (0, 0)
        let progress = try SegmentReader().read(
            file, name: name, session: session, from: 0, size: try file.status().size
        ) { frame in
            for section in frame.sections {
                guard let identity = section.header?.identity else { continue }
                frames += 1
                found[identity] = true
                if identity.seq != next[identity.writer, default: 0] { outOfOrder += 1 }
                next[identity.writer] = identity.seq + 1
            }
        }
        self.frames = frames
        self.outOfOrder = outOfOrder
        for region in progress.badRegions {
            if region.reason == .torn { torn += 1 } else { mixed += 1 }
        }
        if progress.pendingBytes > 0 { torn += 1 }
        for (writer, count) in acknowledged {
            self.acknowledged += count
            for seq in 0..<count where found[FrameIdentity(writer: writer, seq: seq)] == nil {
                missing += 1
            }
        }
    }
}
