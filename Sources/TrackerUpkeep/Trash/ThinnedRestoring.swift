import TrackerIndexer
import TrackerLog

/// Brings back the segments that thinned ones were made from, and removes those.
///
/// Invariant: the log folds to the same state at every moment. First all segments are found, then
/// they come back, and only then the histograms go: while both are there each counts once. A
/// repetition of an interrupted one completes it.
struct ThinnedRestoring {
    let storage: any Storage
    let key: DataFolder.SessionKey
    private let reader = SegmentReader()

    init(_ key: DataFolder.SessionKey, in storage: any Storage) {
        self.key = key
        self.storage = storage
    }

    /// A thinned segment, and where those are that it was made from.
    private struct Thinned {
        var path: StoragePath
        /// In the trash.
        var inTrash: [CompactedTrash.File] = []
        /// Files that are neither in the trash nor in the log.
        var missing: [String] = []
    }

    private var folder: StoragePath { DataLayout.sessionFolder(key.user, key.session) }

    /// The files in the trash that can come back. None, where an interrupted restore brought back
    /// all of them and did not remove the histograms.
    /// - Returns: `nil` when there is nothing to restore.
    func files() throws(StorageError) -> [CompactedTrash.File]? {
        let whole = try thinned().filter(\.missing.isEmpty)
        return whole.isEmpty ? nil : whole.flatMap(\.inTrash)
    }

    func run() throws(StorageError) -> RestoredSession {
        var result = RestoredSession()
        for segment in try thinned() {
            for file in segment.missing {
                result.left.append(
                    RestoredSession.Left(
                        file: file,
                        reason: "it is no longer in the trash, or another file has its name:"
                            + " \(segment.path.name) keeps the histograms"))
            }
            guard segment.missing.isEmpty else { continue }
            var isComplete = true
            for file in segment.inTrash {
                let name = file.name.file.fileName
                if try Maintenance.moves(file.path, to: folder.appending(name), in: storage) {
                    result.files += 1
                } else {
                    isComplete = false
                    result.left.append(
                        RestoredSession.Left(file: name, reason: "another file has its name"))
                }
            }
            // The log first: a power cut must not leave a file in neither folder.
            try storage.syncDirectory(folder)
            if let trash = segment.inTrash.first?.path.parent { try storage.syncDirectory(trash) }
            guard isComplete else { continue }
            try storage.remove(segment.path)
            try storage.syncDirectory(folder)
        }
        return result
    }

    private func thinned() throws(StorageError) -> [Thinned] {
        var found: [Thinned] = []
        var trash: [CompactedTrash.File]?
        for segment in try SessionListing(key.user, key.session, in: storage).segments
        where segment.name.isCompacted {
            let path = folder.appending(segment.fileName)
            guard let claim = try claim(of: path, segment.name), claim.thinned != nil else {
                continue
            }
            let files =
                if let trash { trash } else { try CompactedTrash.files(key, in: storage) }
            trash = files
            found.append(try Self.find(claim, path, files, self))
        }
        return found
    }

    private static func find(
        _ claim: CompactionClaim, _ path: StoragePath, _ trash: [CompactedTrash.File],
        _ work: ThinnedRestoring
    ) throws(StorageError) -> Thinned {
        var thinned = Thinned(path: path)
        // The claim repeats those of its inputs: their inputs do not come back.
        var older: Set<String> = []
        for replaced in claim.replaced where !older.contains(replaced.file) {
            let name = SegmentName(fileName: replaced.file)
            let inLog = work.folder.appending(replaced.file)
            if try work.isSame(inLog, replaced) {
                if let name, let claim = try work.claim(of: inLog, name) {
                    older.formUnion(claim.replaced.map(\.file))
                }
                continue
            }
            var file: CompactedTrash.File?
            for one in trash where one.name.file.fileName == replaced.file && file == nil {
                if try work.isSame(one.path, replaced) { file = one }
            }
            guard let file else {
                thinned.missing.append(replaced.file)
                continue
            }
            thinned.inTrash.append(file)
            if let claim = try work.claim(of: file.path, file.name.file) {
                older.formUnion(claim.replaced.map(\.file))
            }
        }
        return thinned
    }

    private func claim(
        of path: StoragePath, _ name: SegmentName
    ) throws(StorageError) -> CompactionClaim? {
        guard name.isCompacted else { return nil }
        let file = try storage.openForReading(path)
        return try reader.claim(of: file, name: name, size: file.status().size)?.claim
    }

    /// Whether the file has the bytes that were taken over, or more behind them.
    private func isSame(
        _ path: StoragePath, _ replaced: CompactionClaim.Replaced
    ) throws(StorageError) -> Bool {
        let file: any StorageFile
        do throws(StorageError) {
            file = try storage.openForReading(path)
        } catch {
            guard error.code == ErrorCode.notFound else { throw error }
            return false
        }
        guard let whole = replaced.prefixes.last, try file.status().size >= whole.length else {
            return false
        }
        return try reader.prefixes(of: file, lengths: [whole.length]) == [whole]
    }
}
