import TrackerIndexer
import TrackerLog

/// What a restore did with the files of a session.
package struct RestoredSession: Sendable {
    /// Files that are in the log again, or were there already.
    package internal(set) var files = 0
    /// Segments that came back under another name: a different file has theirs.
    package internal(set) var renamed: [Renamed] = []
    /// Files that stayed in the trash.
    package internal(set) var left: [Left] = []

    package struct Renamed: Sendable, Hashable {
        package var file: String
        package var newName: String
        /// The new segment has only what follows this offset. The lines before are in the log.
        package var from: Int
    }

    package struct Left: Sendable, Hashable {
        package var file: String
        package var reason: String
    }
}

/// Moves the files of a session in the trash into a session of its name that is in the log.
///
/// The fold is order-free and frames count once by their identity, so segments of both sessions
/// may stand in one folder. Lines without a header count once for each file, so a file that shares
/// a beginning with one of the log brings only its rest.
///
/// Invariant: at every moment each line is in the log or in the trash, and a repetition of an
/// interrupted restore completes it.
struct SessionRestoring {
    let storage: any Storage
    let key: DataFolder.SessionKey
    /// The session's folder in the trash.
    let trash: StoragePath
    private let reader = SegmentReader()
    private(set) var result = RestoredSession()
    private var freeNames: FreeNames?
    private var claims: [String: [CompactionClaim.Replaced]]?

    init(_ key: DataFolder.SessionKey, from trash: StoragePath, in storage: any Storage) {
        self.storage = storage
        self.key = key
        self.trash = trash
    }

    private var folder: StoragePath { DataLayout.sessionFolder(key.user, key.session) }

    mutating func run() throws(StorageError) {
        let present = Dictionary(
            try storage.list(folder).map { ($0.name, $0) }, uniquingKeysWith: { one, _ in one })
        let known = Set(present.values.compactMap { $0.status.map(Inode.init) })
        var displaced: [StorageEntry] = []
        for entry in try storage.list(trash).sorted(by: { $0.name < $1.name }) {
            let path = trash.appending(entry.name)
            if entry.kind == .file, let status = entry.status, known.contains(Inode(status)) {
                // An interrupted move made the new name and did not remove the old one.
                try storage.remove(path)
                result.files += 1
            } else if try Maintenance.moves(path, to: folder.appending(entry.name), in: storage) {
                result.files += 1
            } else {
                displaced.append(entry)
            }
        }
        // After the others: they may have compacted segments that contain lines of these.
        for entry in displaced { try bringBack(entry, present[entry.name]?.kind ?? .other) }
        // The log first: a power cut must not leave a file in neither folder.
        try storage.syncDirectory(folder)
        try storage.syncDirectory(trash)
        guard result.left.isEmpty else { return }
        try storage.remove(trash)
        try storage.syncDirectory(trash.parent)
    }

    /// What a file is on its disk, whatever its name.
    private struct Inode: Hashable {
        var device: UInt64
        var inode: UInt64

        init(_ status: FileStatus) {
            device = status.device
            inode = status.inode
        }
    }

    private mutating func bringBack(
        _ entry: StorageEntry, _ other: StorageEntry.Kind
    ) throws(StorageError) {
        let path = trash.appending(entry.name)
        guard entry.kind == .file, let name = SegmentName(fileName: entry.name) else {
            // Readers leave it alone, so any free name will do.
            var names = try FreeNames(freeNames, in: folder, storage)
            defer { freeNames = names }
            let free = names.take(entry.name)
            try storage.move(path, to: free)
            return add(entry.name, as: free.name)
        }
        let segment = DisplacedSegment(
            storage: storage, key: key, path: path, name: name, reader: reader)
        var start = 0
        if other == .file {
            switch try join(segment, path, folder.appending(entry.name)) {
            case .isSame:
                result.files += 1
                return
            case .shares(let length): start = length
            }
        }
        guard let claimed = try claimedLength(segment) else {
            return leave(
                entry.name,
                "a compacted segment that has its lines is incomplete: copy that one again first")
        }
        start = max(start, claimed)
        if start == 0 {
            add(entry.name, as: try segment.moveBack().fileName)
        } else {
            try bringRest(of: segment, from: start)
        }
    }

    private enum Comparison {
        /// One of the two was enough; it is in the log now.
        case isSame
        /// They differ after this length.
        case shares(Int)
    }

    /// When one file is equal to the other, or its beginning, the longer one is kept.
    private func join(
        _ segment: DisplacedSegment, _ source: StoragePath, _ target: StoragePath
    ) throws(StorageError) -> Comparison {
        let mine = try storage.openForReading(source)
        let theirs = try storage.openForReading(target)
        let (size, other) = (try mine.status().size, try theirs.status().size)
        let common = try DisplacedSegment.commonBytes(mine, from: 0, theirs)
        if common == size {
            try storage.remove(source)
            return .isSame
        }
        if common == other, try !Maintenance.isHeld(target, in: storage) {
            // The longer one is in the trash: it replaces its own beginning.
            try storage.rename(source, to: target)
            return .isSame
        }
        return .shares(try segment.wholeLength(of: mine, within: common))
    }

    /// How much of the segment is in compacted segments of the log; `nil` when that depends on
    /// bytes that are still missing.
    private mutating func claimedLength(_ segment: DisplacedSegment) throws(StorageError) -> Int? {
        if claims == nil { claims = try loadClaims() }
        let file = try storage.openForReading(segment.path)
        let size = try file.status().size
        var claimed = 0
        for claim in claims?[segment.name.fileName] ?? [] {
            let lengths = claim.prefixes.map(\.length).filter { $0 <= size }
            let found = Set(try reader.prefixes(of: file, lengths: lengths))
            guard let length = claim.prefixes.filter(found.contains).map(\.length).max() else {
                continue
            }
            claimed = max(claimed, length)
        }
        // The shorter prefixes end anywhere.
        let length = try segment.wholeLength(of: file, within: claimed)
        return length > 0 && hasIncompleteClaims ? nil : length
    }

    private var hasIncompleteClaims = false

    /// The claims of the log's compacted segments on lines without a header, by file.
    private mutating func loadClaims() throws(StorageError)
        -> [String: [CompactionClaim.Replaced]]
    {
        var claims: [String: [CompactionClaim.Replaced]] = [:]
        for segment in try SessionListing(key.user, key.session, in: storage).segments
        where segment.name.isCompacted {
            let file = try storage.openForReading(folder.appending(segment.name.fileName))
            let size = try file.status().size
            guard
                let (claim, length) = try reader.claim(of: file, name: segment.name, size: size)
            else { continue }
            if length + claim.restBytes > size { hasIncompleteClaims = true }
            for one in claim.replaced where one.hasBareLines {
                claims[one.file, default: []].append(one)
            }
        }
        return claims
    }

    private mutating func bringRest(
        of segment: DisplacedSegment, from start: Int
    ) throws(StorageError) {
        let fileName = segment.name.fileName
        let (copy, end) = try segment.copyRest(from: start)
        if let copy {
            result.renamed.append(
                RestoredSession.Renamed(file: fileName, newName: copy.fileName, from: start))
        }
        // What is removed must be in the log, down to the last byte.
        let isHeld = try Maintenance.isHeld(segment.path, in: storage)
        let size = try storage.openForReading(segment.path).status().size
        if isHeld || size > end {
            leave(
                fileName,
                isHeld
                    ? "a program has it open: stop that program and restore again"
                    : "its last \(size - end) bytes are not a whole frame or line")
            return
        }
        try storage.remove(segment.path)
        result.files += 1
    }

    private mutating func add(_ file: String, as newName: String) {
        result.files += 1
        result.renamed.append(RestoredSession.Renamed(file: file, newName: newName, from: 0))
    }

    private mutating func leave(_ file: String, _ reason: String) {
        result.left.append(RestoredSession.Left(file: file, reason: reason))
    }
}
