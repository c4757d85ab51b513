import TrackerLog

/// New segments of one session with saved sections. Each is written under a name that readers
/// ignore, synced, read back and compared, and only then renamed to a segment.
final class RepairedSegment {
    /// Marks files that are being written, or were left by an interrupted repair.
    private static let temporarySuffix = ".repair"

    private struct Expected: Equatable {
        var identity: FrameIdentity
        var hash: UInt32
        var lines: Int
        var isChecked: Bool
    }

    private let storage: any Storage
    private let key: DataFolder.SessionKey
    private let checked = FrameEncoder()
    private let unchecked = FrameEncoder(hasChecksum: false)
    private var name: SegmentName
    private var file: (any StorageFile)?
    private var bytes = 0
    private var expected: [Expected] = []
    /// Content of the frame being filled.
    private var content: [UInt8] = []
    private var isContentChecked = true
    private(set) var written: [RepairReport.Written] = []

    /// - Parameter writer: a new writer's id.
    init(_ key: DataFolder.SessionKey, writer: String, in storage: any Storage) {
        self.key = key
        self.storage = storage
        name = SegmentName(writer: writer, number: 1)
    }

    private var folder: StoragePath { DataLayout.sessionFolder(key.user, key.session) }
    private var temporary: StoragePath {
        folder.appending(name.fileName + Self.temporarySuffix)
    }

    /// - Parameters:
    ///   - section: header line and lines.
    ///   - lines: number of lines after the header.
    func append(
        _ section: [UInt8], _ header: FrameHeader, lines: Int, isChecked: Bool
    ) throws(RepairError) {
        let isFull = content.count + section.count > LogLimits.targetFrameContentBytes
        if isFull || isChecked != isContentChecked { try writeFrame() }
        if bytes >= LogLimits.rotateAfterBytes { try finish() }
        isContentChecked = isChecked
        content += section
        let hash =
            header.thinned?.hash ?? UInt32(truncatingIfNeeded: XXHash64.hash(section))
        expected.append(
            Expected(identity: header.identity, hash: hash, lines: lines, isChecked: isChecked))
    }

    private func writeFrame() throws(RepairError) {
        guard !content.isEmpty else { return }
        let frame: [UInt8]
        do throws(LogError) {
            frame = try (isContentChecked ? checked : unchecked).frame(of: content)
        } catch {
            throw .log(error)
        }
        content.removeAll(keepingCapacity: true)
        do throws(StorageError) {
            let file = try openFile()
            let result = unsafe frame.withUnsafeBytes { bytes in
                Result { () throws(StorageError) in try unsafe file.append(bytes) }
            }
            guard try result.get() == frame.count else {
                throw StorageError(
                    operation: .append, path: temporary.description, code: ErrorCode.noSpace)
            }
        } catch {
            throw .storage(error)
        }
        bytes += frame.count
    }

    private func openFile() throws(StorageError) -> any StorageFile {
        if let file { return file }
        try storage.createDirectory(folder)
        let created = try storage.create(temporary)
        file = created
        _ = try created.lockShared()
        return created
    }

    /// Publishes what was appended so far as a segment.
    func finish() throws(RepairError) {
        try writeFrame()
        guard let file else { return }
        let path = folder.appending(name.fileName)
        let isAsWritten: Bool
        do throws(StorageError) {
            try file.sync()
            isAsWritten = try readsBack(file)
            if isAsWritten {
                try storage.rename(temporary, to: path)
                try storage.syncDirectory(folder)
                try file.close()
            }
        } catch {
            throw .storage(error)
        }
        guard isAsWritten else { throw .notReadBack(path: path.description) }
        written.append(
            RepairReport.Written(
                path: path.description, bytes: bytes, sections: expected.count,
                lines: expected.reduce(0) { $0 + $1.lines }))
        name.number += 1
        (self.file, bytes, expected) = (nil, 0, [])
    }

    /// Removes the unfinished file.
    func abandon() {
        if file != nil { storage.removeIfThere(temporary) }
        file = nil
    }

    private func readsBack(_ file: any StorageFile) throws(StorageError) -> Bool {
        var found: [Expected] = []
        var isGood = true
        let progress = try SegmentReader().read(
            file, name: name, session: key.session, from: 0, size: try file.status().size
        ) { frame in
            for section in frame.sections {
                guard let header = section.header else {
                    isGood = false
                    continue
                }
                found.append(
                    Expected(
                        identity: header.identity, hash: section.contentHash,
                        lines: section.lineCount, isChecked: frame.isChecked))
            }
        }
        return isGood && progress.badRegions.isEmpty && progress.pendingBytes == 0
            && progress.offset == bytes && found == expected
    }

    /// Removes files of interrupted repairs from the folder. A locked file belongs to a running
    /// repair and stays.
    static func removeLeftovers(
        _ key: DataFolder.SessionKey, in storage: any Storage
    ) throws(StorageError) {
        let folder = DataLayout.sessionFolder(key.user, key.session)
        for entry in try storage.list(folder)
        where entry.kind == .file && entry.name.hasSuffix(temporarySuffix) {
            let segment = String(entry.name.dropLast(temporarySuffix.count))
            guard SegmentName(fileName: segment) != nil else { continue }
            let path = folder.appending(entry.name)
            guard try storage.openForReading(path).lockExclusive() else { continue }
            try storage.remove(path)
        }
    }
}
