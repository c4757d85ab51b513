package import TrackerLog

/// What several processes have appended to one file at once, some of them killed, and whether all
/// of it holds. A value from bytes: the processes are elsewhere.
package struct AppendTrial: Sendable, Hashable {
    /// Frames that are whole.
    package var frames = 0
    /// Frames that were acknowledged: `write(2)` had taken them.
    package var acknowledged = 0
    /// The same, and not to be found.
    package var missing = 0
    /// Frames that a kill cut off: allowed, one for each kill.
    package var torn = 0
    package var kills: Int
    /// Frames that are not what was written: appends have mixed, or one has overwritten another.
    package var mixed = 0
    /// Frames that are not where their writer's order would have them.
    package var outOfOrder = 0

    package var holds: Bool { missing == 0 && mixed == 0 && outOfOrder == 0 && torn <= kills }

    /// - Parameters:
    ///   - acknowledged: how many frames of each writer were; its numbers count from 0.
    ///   - kills: how many writers were killed.
    /// - Throws: what the disk says.
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
