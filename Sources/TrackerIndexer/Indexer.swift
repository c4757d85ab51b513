import Dispatch
import Synchronization
public import TrackerLog

/// What an index run found.
public struct IndexReport: Sendable {
    public var sessions = 0
    public var segments = 0
    public var frames = 0
    public var events = 0
    public var badLines = 0
    public var badRegions = 0
    public var missingFrames = 0
    public var seconds = 0.0
    /// 16 hex digits over the folded states of all sessions: equal logs give equal digests.
    public var digest = ""
    /// Whether the index was written; not so while a server keeps it.
    public var isSaved = false
    /// What could not be read or written, in words.
    public var problems: [String] = []

    public init() {}
}

/// How far an index run is.
public struct IndexProgress: Sendable {
    public var sessionsDone: Int
    public var sessions: Int
    public var events: Int
}

/// Brings the whole index up to date, or makes it again from nothing.
public struct Indexer: Sendable {
    private let storage: any Storage
    private let threads: Int

    /// - Parameter threads: sessions folded at the same time.
    public init(storage: any Storage, threads: Int) {
        self.storage = storage
        self.threads = max(1, threads)
    }

    /// - Parameters:
    ///   - rebuild: whether to forget all snapshots first.
    ///   - progress: called now and then, from any thread.
    public func run(
        rebuild: Bool, progress: (@Sendable (IndexProgress) -> Void)? = nil
    ) throws(StorageError) -> IndexReport {
        try update(rebuild: rebuild, progress: progress).report
    }

    private func update(
        rebuild: Bool, progress: (@Sendable (IndexProgress) -> Void)?
    ) throws(StorageError) -> (records: [CatalogRecord], report: IndexReport) {
        let started = ContinuousClock.now
        let sessions = try DataFolder.sessions(in: storage).sessions
        let lock = IndexLock.take(storage)
        let known = rebuild ? [:] : Self.byKey(CatalogFile.load(from: storage))
        let work = IndexWork(
            storage: storage, sessions: sessions, known: known, rebuild: rebuild,
            saves: lock != nil, progress: progress)
        DispatchQueue.concurrentPerform(iterations: min(threads, max(1, sessions.count))) { _ in
            work.run()
        }
        var (records, problems) = work.results
        if lock != nil, records != known.values.sorted(by: CatalogRecord.precedes) {
            problems += Self.save(records, sessions, storage)
        }
        let report = Self.report(
            records, problems: problems, isSaved: lock != nil, since: started)
        return (records, report)
    }

    /// Brings the index up to date and gives the session list, newest first.
    public func catalog() throws(StorageError) -> ([CatalogEntry], IndexReport) {
        let (records, report) = try update(rebuild: false, progress: nil)
        return (records.map(\.entry).sorted(by: CatalogEntry.isNewer), report)
    }

    private static func byKey(
        _ records: [CatalogRecord]
    ) -> [DataFolder.SessionKey: CatalogRecord] {
        Dictionary(records.map { ($0.key, $0) }) { first, _ in first }
    }

    private static func save(
        _ records: [CatalogRecord], _ sessions: [DataFolder.SessionKey], _ storage: any Storage
    ) -> [String] {
        SnapshotFolder.removeAll(except: Set(sessions), in: storage)
        do throws(StorageError) {
            try CatalogFile.save(records, in: storage)
            return []
        } catch {
            return ["\(error)"]
        }
    }

    private static func report(
        _ records: [CatalogRecord], problems: [String], isSaved: Bool,
        since started: ContinuousClock.Instant
    ) -> IndexReport {
        var report = IndexReport()
        report.sessions = records.count
        for record in records {
            report.segments = Counting.sum(report.segments, record.segments)
            report.frames = Counting.sum(report.frames, record.frames)
            report.events = Counting.sum(report.events, record.entry.eventCount)
            report.badLines = Counting.sum(report.badLines, record.entry.badLineCount)
            report.badRegions = Counting.sum(report.badRegions, record.entry.badRegionCount)
            report.missingFrames = Counting.sum(report.missingFrames, record.entry.missingFrames)
        }
        report.digest = digest(of: records)
        report.isSaved = isSaved
        report.problems = problems
        report.seconds = (ContinuousClock.now - started) / .seconds(1)
        return report
    }

    /// - Parameter records: in order.
    static func digest(of records: [CatalogRecord]) -> String {
        var text: [UInt8] = []
        for record in records {
            text.append(contentsOf: record.key.user.directoryName.utf8)
            text.append(0x2F)
            text.append(contentsOf: record.key.session.directoryName.utf8)
            text.append(contentsOf: " \(record.digest)\n".utf8)
        }
        return XXHash64.hex(XXHash64.hash(text))
    }
}

extension CatalogRecord {
    var key: DataFolder.SessionKey {
        DataFolder.SessionKey(user: entry.user, session: entry.session)
    }

    static func precedes(_ a: CatalogRecord, _ b: CatalogRecord) -> Bool { a.key < b.key }
}

/// The work of one index run, taken session by session by several threads.
private final class IndexWork: Sendable {
    private let storage: any Storage
    private let sessions: [DataFolder.SessionKey]
    private let known: [DataFolder.SessionKey: CatalogRecord]
    private let rebuild: Bool
    private let saves: Bool
    private let progress: (@Sendable (IndexProgress) -> Void)?
    private let next = Atomic(0)
    private let done = Mutex(Done())

    private struct Done {
        var records: [CatalogRecord] = []
        var problems: [String] = []
        var events = 0
    }

    init(
        storage: any Storage, sessions: [DataFolder.SessionKey],
        known: [DataFolder.SessionKey: CatalogRecord], rebuild: Bool, saves: Bool,
        progress: (@Sendable (IndexProgress) -> Void)?
    ) {
        self.storage = storage
        self.sessions = sessions
        self.known = known
        self.rebuild = rebuild
        self.saves = saves
        self.progress = progress
    }

    var results: ([CatalogRecord], [String]) {
        done.withLock { ($0.records.sorted(by: CatalogRecord.precedes), $0.problems.sorted()) }
    }

    func run() {
        let tools = FoldTools()
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < sessions.count else { return }
            let (record, problems) = fold(sessions[index], tools)
            let state = done.withLock { done in
                if let record {
                    done.records.append(record)
                    done.events = Counting.sum(done.events, record.entry.eventCount)
                }
                done.problems += problems
                return IndexProgress(
                    sessionsDone: done.records.count, sessions: sessions.count, events: done.events)
            }
            progress?(state)
        }
    }

    private func fold(
        _ key: DataFolder.SessionKey, _ tools: FoldTools
    ) -> (CatalogRecord?, [String]) {
        do throws(StorageError) {
            let listing = try SessionListing(key.user, key.session, in: storage)
            // A digest of 0 says that a server had not saved the session yet.
            if let record = known[key], record.stamp == listing.stamp, record.digest != 0,
                !record.entry.isRunning
            {
                return (record, [])
            }
            let index =
                (rebuild ? nil : Snapshot.load(user: key.user, session: key.session, from: storage))
                ?? SessionIndex(user: key.user, session: key.session)
            index.update(listing, in: storage, with: tools)
            let encoded = index.state.encoded()
            var problems = index.problem.map { ["\($0)"] } ?? []
            if saves { problems += Self.save(index, encoded.text, storage) }
            let record = index.record(
                stamp: listing.stamp, digest: encoded.contentHash, in: storage)
            return (record, problems)
        } catch {
            return (nil, error.code == ErrorCode.notFound ? [] : ["\(error)"])
        }
    }

    /// Without its snapshot the session is folded again next time; its numbers are right all the
    /// same.
    private static func save(
        _ index: SessionIndex, _ state: [UInt8], _ storage: any Storage
    ) -> [String] {
        do throws(StorageError) {
            try Snapshot.save(index, state: state, in: storage)
            return []
        } catch {
            return ["\(error)"]
        }
    }
}

extension SessionIndex {
    /// The catalogue's row. - Parameter stamp: of the listing that was folded.
    func record(stamp: UInt64, digest: UInt64, in storage: any Storage) -> CatalogRecord {
        CatalogRecord(
            entry: CatalogEntry(summary(nowMs: WallClock.nowMs(), in: storage)),
            // A session that could not be read whole is looked at again.
            stamp: problem == nil ? stamp : 0, digest: digest, segments: segments, frames: frames)
    }
}

/// `index/lock`: one indexer at a time writes.
enum IndexLock {
    /// - Returns: the lock, held until it is let go; `nil` when somebody else has it or it cannot
    ///   be made.
    static func take(_ storage: any Storage) -> (any StorageFile)? {
        do throws(StorageError) {
            try storage.createDirectory(DataLayout.index)
            let file = try storage.openOrCreate(DataLayout.indexLock)
            return try file.lockExclusive() ? file : nil
        } catch {
            return nil
        }
    }
}

/// The snapshots in `index/`.
enum SnapshotFolder {
    /// Removes snapshots of sessions that are gone. They are derived: nothing is lost.
    static func removeAll(except sessions: Set<DataFolder.SessionKey>, in storage: any Storage) {
        let kept = Set(sessions.map { DataLayout.snapshot($0.user, $0.session) })
        for user in entries(DataLayout.index, storage) where user.kind == .directory {
            let folder = DataLayout.index.appending(user.name)
            for entry in entries(folder, storage) where entry.kind == .file {
                let path = folder.appending(entry.name)
                if !kept.contains(path) { storage.removeIfThere(path) }
            }
        }
    }

    private static func entries(_ path: StoragePath, _ storage: any Storage) -> [StorageEntry] {
        do throws(StorageError) { return try storage.list(path) } catch { return [] }
    }
}
