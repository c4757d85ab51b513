package import TrackerLog

/// Copies readable sections from damaged regions into new segments. Existing files are never
/// written to.
///
/// A complete section is copied byte for byte under its own identity, so that it counts once even
/// if another copy turns up. The rules and their reasons: `docs/decisions/0010-repair.md`.
package struct Repairer {
    private let settings: RepairSettings

    /// - Parameters:
    ///   - now: decides which files are closed.
    ///   - includesUnchecked: whether to save lines that no checksum covers. They go to frames
    ///     without checksum and so stay marked.
    ///   - newWriterID: 16 random hex digits.
    package init(
        storage: any Storage, now: Timestamp, includesUnchecked: Bool = false,
        newWriterID: @escaping () -> String = Repairer.randomWriterID
    ) {
        settings = RepairSettings(
            storage: storage, now: now, includesUnchecked: includesUnchecked,
            newWriterID: newWriterID)
    }

    /// What `apply` would save. Writes nothing.
    package func plan(_ key: DataFolder.SessionKey) throws(RepairError) -> RepairReport {
        try run(key, writes: false)
    }

    /// Saves what `plan` reports.
    /// - Throws: the first failure. Segments finished before it stay, and the next repair continues
    ///   from there.
    package func apply(_ key: DataFolder.SessionKey) throws(RepairError) -> RepairReport {
        do throws(StorageError) {
            try RepairedSegment.removeLeftovers(key, in: settings.storage)
        } catch {
            throw .storage(error)
        }
        return try run(key, writes: true)
    }

    private func run(
        _ key: DataFolder.SessionKey, writes: Bool
    ) throws(RepairError) -> RepairReport {
        let examination: LogVerifier.Examination
        do throws(StorageError) {
            examination = try settings.verifier.examine(key)
        } catch {
            throw .storage(error)
        }
        let work = RepairWork(key, examination, settings)
        // An unreadable file may hold an intact copy, and saved lines would then count twice.
        guard examination.verification.problems.isEmpty else { return work.finished }
        do throws(RepairError) {
            // Complete sections first: an incomplete one may have a complete copy further on.
            for wantsWhole in [true, false] {
                for file in examination.verification.files where !file.isOpen {
                    try work.save(file, wantsWhole: wantsWhole, writes: writes)
                }
            }
            for segment in work.segments.values { try segment.finish() }
        } catch {
            for segment in work.segments.values { segment.abandon() }
            throw error
        }
        return work.finished
    }

    /// A random writer id without the prefix of compacted segments.
    package static func randomWriterID() -> String {
        while true {
            let digits = XXHash64.hex(UInt64.random(in: 0...UInt64.max))
            if !digits.hasPrefix(SegmentName.compactedPrefix) { return digits }
        }
    }
}
