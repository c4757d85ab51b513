package import TrackerLog

/// Copies what can be saved from damage into new segments. Existing files are never written to.
///
/// What is whole goes byte for byte under its own identity, so that it counts once wherever else it
/// turns up. Why what is saved, and what is not: `docs/decisions/0010-repair.md`.
package struct Repairer {
    private let settings: RepairSettings

    /// - Parameters:
    ///   - nowMs: Unix milliseconds; what is closed depends on it.
    ///   - includesUnchecked: whether lines are saved that no checksum vouches for. They go to
    ///     frames without checksum, and so stay marked.
    ///   - newWriterID: 16 random hex digits.
    package init(
        storage: any Storage, nowMs: Double, includesUnchecked: Bool = false,
        newWriterID: @escaping () -> String = Repairer.randomWriterID
    ) {
        settings = RepairSettings(
            storage: storage, nowMs: nowMs, includesUnchecked: includesUnchecked,
            newWriterID: newWriterID)
    }

    /// What `apply` would save. Writes nothing.
    package func plan(_ key: DataFolder.SessionKey) throws(RepairError) -> RepairReport {
        try run(key, writes: false)
    }

    /// Saves it.
    /// - Throws: the first failure; segments that were finished before it stay, and a further
    ///   repair goes on from there.
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
        // What could not be read may hold what would be saved: it would count twice.
        guard examination.verification.problems.isEmpty else { return work.finished }
        do throws(RepairError) {
            // Whole sections first: of an incomplete one there may be a whole one further on.
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

    /// A new writer's id that is not that of a compacted segment.
    package static func randomWriterID() -> String {
        while true {
            let digits = XXHash64.hex(UInt64.random(in: 0...UInt64.max))
            if !digits.hasPrefix(SegmentName.compactedPrefix) { return digits }
        }
    }
}
