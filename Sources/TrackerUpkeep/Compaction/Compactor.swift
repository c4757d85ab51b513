import TrackerIndexer
package import TrackerLog

/// Rewrites many small, plain or gzip segments of finished writers as a few segments with large
/// frames. See `docs/decisions/0008-compaction.md`.
///
/// Invariant: the log folds to the same state at every moment. The new segment is complete, synced
/// and read back before it gets its name; only then are the old ones moved to the trash.
package struct Compactor {
    let storage: any Storage
    let options: CompactionOptions
    private let now: @Sendable () -> Timestamp

    package init(
        storage: any Storage, options: CompactionOptions,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.storage = storage
        self.options = options
        self.now = now
    }

    /// Compacts the sessions one after another. A failure in one does not stop the others.
    package func run(
        _ sessions: [DataFolder.SessionKey], progress: ((CompactionProgress) -> Void)? = nil
    ) throws(UpkeepError) -> [SessionCompaction] {
        // A dry run needs no lock and creates no file.
        let lock = options.isDryRun ? nil : try Maintenance.begin(storage)
        var results: [SessionCompaction] = []
        var bytes = 0
        for (index, key) in sessions.enumerated() {
            var work = SessionCompactor(self, key, now: now())
            work.run { size in
                bytes += size
                progress?(
                    CompactionProgress(sessionsDone: index, sessions: sessions.count, bytes: bytes))
            }
            results.append(work.result)
        }
        _ = lock
        return results
    }
}

/// The compaction of one session.
struct SessionCompactor {
    let storage: any Storage
    let options: CompactionOptions
    let key: DataFolder.SessionKey
    let folder: StoragePath
    let now: Timestamp
    let tools = FoldTools()
    var result: SessionCompaction
    /// Of the folder that the inputs are moved to; listed when the first one is.
    var trashNames: FreeNames?

    init(_ compactor: Compactor, _ key: DataFolder.SessionKey, now: Timestamp) {
        storage = compactor.storage
        options = compactor.options
        self.key = key
        self.now = now
        folder = DataLayout.sessionFolder(key.user, key.session)
        result = SessionCompaction(user: key.user, session: key.session)
    }

    var reader: CompactionReader {
        CompactionReader(storage: storage, session: key.session, reader: tools.reader)
    }

    mutating func run(progress: (Int) -> Void) {
        do throws(UpkeepError) {
            if !options.isDryRun {
                try bringBackGrown()
                try finishEarlierRuns()
            }
            var rest = try candidates()[...]
            while !rest.isEmpty {
                let packed = try pack(&rest, progress: progress)
                guard packed.isWorthwhile else { continue }
                result.segments.append(try publish(packed))
            }
        } catch {
            result.problem = error
        }
        if !options.isDryRun { removeTemporaries() }
    }

    private func removeTemporaries() {
        storage.removeIfThere(PackedSegment.bodyPath)
        storage.removeIfThere(PackedSegment.path)
    }

    func list() throws(UpkeepError) -> (SessionListing, rules: [String: SegmentRule]) {
        do throws(StorageError) {
            let listing = try SessionListing(key.user, key.session, in: storage)
            var claims = SegmentClaims()
            return (listing, try claims.rules(listing, in: folder, storage, tools.reader))
        } catch {
            throw .storage(error)
        }
    }

    /// The segments to compact, by name.
    private mutating func candidates() throws(UpkeepError) -> [CompactionInput] {
        let (listing, rules) = try list()
        let newest = listing.segments.reduce(into: [:]) { newest, segment in
            newest[segment.name.writer] = max(
                newest[segment.name.writer] ?? 0, segment.name.number)
        }
        var found: [CompactionInput] = []
        for segment in listing.segments {
            let name = segment.name
            do throws(StorageError) {
                let isNewest = newest[name.writer] == name.number
                if let reason = try reasonToWait(segment, isNewest: isNewest) {
                    keep(name, reason)
                    continue
                }
                let rule = rules[name.fileName] ?? .everything
                guard let input = try reader.inspect(name, in: folder, rule: rule) else {
                    continue
                }
                if let problem = input.problem {
                    keep(name, problem)
                } else if input.claim?.thinned != nil {
                    keep(name, "its samples are histograms already")
                } else if input.isDone, !options.thins {
                    keep(name, "its frames are large already")
                } else {
                    found.append(input)
                }
            } catch {
                throw .storage(error)
            }
        }
        return found
    }

    private mutating func keep(_ name: SegmentName, _ reason: String) {
        result.kept.append(SessionCompaction.KeptSegment(file: name.fileName, reason: reason))
    }

    /// Why the segment may still be appended to. The clock alone never decides: a lock, or a newer
    /// segment of the writer, decides first.
    private func reasonToWait(
        _ segment: SessionListing.Segment, isNewest: Bool
    ) throws(StorageError) -> String? {
        let isShared = segment.name.writer == SegmentName.sharedWriter
        if isShared, !options.includesShared {
            return "any program may append to it: --shared includes it"
        }
        let path = folder.appending(segment.name.fileName)
        guard try !Maintenance.isHeld(path, in: storage) else { return "a writer has it open" }
        guard isNewest || isShared else { return nil }
        let modifiedNs = try storage.openForReading(path).status().modifiedNs
        let ageMs = now.milliseconds(since: Timestamp(nanoseconds: modifiedNs))
        if ageMs > Double(options.quietSeconds) * 1_000 { return nil }
        return "it was written to within the last \(options.quietSeconds) s"
    }
}
