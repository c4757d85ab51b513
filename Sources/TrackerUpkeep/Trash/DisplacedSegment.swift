import TrackerIndexer
import TrackerLog

/// A segment in the trash that cannot come back under its own name: a different file has it.
///
/// ```text
/// the file in the trash    ├── in the log already ──┼── not yet ──┤
///                                                 start
/// comes back as            (nothing)                 <hash>.000001.<ending>
/// ```
///
/// Its new name follows from its bytes: an operation that was interrupted and is repeated finds the
/// file it made, and no line without a header counts twice.
struct DisplacedSegment {
    let storage: any Storage
    let key: DataFolder.SessionKey
    /// In the trash.
    let path: StoragePath
    /// In the log, until it went to the trash.
    let name: SegmentName
    let reader: SegmentReader

    private var folder: StoragePath { DataLayout.sessionFolder(key.user, key.session) }

    /// Moves the whole file into the log. A program that has it open goes on writing there.
    /// - Returns: its name there.
    func moveBack() throws(StorageError) -> SegmentName {
        var target = try newName(from: 0)
        while try !Maintenance.moves(path, to: folder.appending(target.fileName), in: storage) {
            guard try holds(target, from: 0) else {
                target.number += 1
                continue
            }
            // An interrupted move, or a copy of one: this file has all of that one, or more.
            try storage.rename(path, to: folder.appending(target.fileName))
            break
        }
        return target
    }

    /// Copies what follows `start`, up to the last whole frame or line, to a new segment. The file
    /// in the trash is left as it is.
    /// - Parameter start: the end of a frame or line; everything before it is in the log.
    /// - Returns: the new segment, `nil` when there is nothing to copy, and the end of what is in
    ///   the log now.
    func copyRest(from start: Int) throws(StorageError) -> (segment: SegmentName?, end: Int) {
        let file = try storage.openForReading(path)
        let size = try file.status().size
        let end = try reader.read(
            file, name: name, session: key.session, from: start, size: size, visit: { _ in }
        ).offset
        guard end > start else { return (nil, start) }
        var target = try newName(from: start)
        while try isTaken(target), try !holds(target, from: start) { target.number += 1 }
        try storage.replace(folder.appending(target.fileName)) { append throws(StorageError) in
            var at = start
            while at < end {
                let count = min(Self.pieceBytes, end - at)
                let piece = try file.readBytes(at: at, count: count)
                guard piece.count == count else {
                    throw StorageError(
                        operation: .read, path: path.description, code: ErrorCode.inputOutput)
                }
                try append(piece)
                at += count
            }
        }
        return (target, end)
    }

    /// Length of the beginning that both files share, up to the end of a whole frame or line.
    func commonLength(with other: any StorageFile) throws(StorageError) -> Int {
        let file = try storage.openForReading(path)
        let common = try Self.commonBytes(file, from: 0, other)
        return try wholeLength(of: file, within: common)
    }

    func wholeLength(
        of file: any StorageFile, within size: Int
    ) throws(StorageError) -> Int {
        try reader.read(
            file, name: name, session: key.session, from: 0, size: size, endsFile: false,
            visit: { _ in }
        ).offset
    }

    private func isTaken(_ target: SegmentName) throws(StorageError) -> Bool {
        do throws(StorageError) {
            _ = try storage.openForReading(folder.appending(target.fileName))
            return true
        } catch {
            guard error.code == ErrorCode.notFound else { throw error }
            return false
        }
    }

    /// Whether the file of that name holds nothing but bytes of this one, from `start` on.
    private func holds(_ target: SegmentName, from start: Int) throws(StorageError) -> Bool {
        let file = try storage.openForReading(path)
        let other = try storage.openForReading(folder.appending(target.fileName))
        return try Self.commonBytes(file, from: start, other) == other.status().size
    }

    /// The first name to try: from the old name and the first bytes, which no append changes.
    private func newName(from start: Int) throws(StorageError) -> SegmentName {
        let file = try storage.openForReading(path)
        var first = try file.readBytes(at: start, count: Self.nameBytes)
        if let end = first.firstIndex(of: 0x0A), name.encoding == .plain {
            first.removeSubrange((end + 1)...)
        }
        let hash = XXHash64.hash(Array("\(name.fileName) \(start)\n".utf8) + first)
        let digits = XXHash64.hex(hash)
        // A claim is read only in a segment of such a name.
        let prefix = name.isCompacted ? SegmentName.compactedPrefix : ""
        return SegmentName(
            writer: prefix + digits.dropFirst(prefix.utf8.count), number: 1,
            encoding: name.encoding)
    }

    /// Length of what `other` shares with this file from `start` on.
    static func commonBytes(
        _ file: any StorageFile, from start: Int, _ other: any StorageFile
    ) throws(StorageError) -> Int {
        var at = 0
        while true {
            let mine = try file.readBytes(at: start + at, count: pieceBytes)
            let theirs = try other.readBytes(at: at, count: pieceBytes)
            let same = zip(mine, theirs).prefix { $0 == $1 }.count
            at += mine == theirs ? mine.count : same
            if mine != theirs || mine.isEmpty { return at }
        }
    }

    private static let pieceBytes = 1 << 20
    /// Less than the smallest frame with an event: what is appended later does not change it.
    private static let nameBytes = 32
}
