package import TrackerLog

/// `index/catalog.snap`: the rows of the session list. A cache: one that is missing, damaged, of
/// another version or hostile is as good as none.
///
///     file  = "TRKCATLG" | version, 8 bytes | block…
///     block = how many bytes of rows, 8 | their XXH64, 8 | rows
///
/// A row is a `CatalogRow`; `docs/INDEX_FILES.md` has its columns.
///
/// The first block holds all rows, by key; each that follows holds what one saving changed, and was
/// appended. When those are longer than the first, the file is written anew. What stands behind the
/// last whole block is the end of a saving that did not come to its own.
///
/// Used by one thread; who saves holds the lock of the index.
package struct CatalogFile {
    package static let version: UInt64 = 4
    static let magic = Array("TRKCATLG".utf8)
    /// Before the rows of a block.
    package static let blockHeadBytes = 16

    /// The file as it was when it was last read or written, to be appended to.
    private struct Known {
        var status: FileStatus
        /// Up to the end of the first block.
        var baseBytes: Int
    }

    private var known: Known?

    package init() {}

    /// - Returns: by key; nothing when there is no file that can be used.
    package mutating func load(from storage: any Storage) -> [CatalogRecord] {
        known = nil
        do throws(StorageError) {
            let file = try storage.openForReading(DataLayout.catalog)
            let status = try file.status()
            guard status.size <= IndexLimits.maxIndexFileBytes else { return [] }
            let bytes = try file.readBytes(at: 0, count: status.size)
            guard let content = CatalogContent.usable(bytes) else { return [] }
            // Behind the end of a broken saving nothing can be appended.
            if content.bytes == status.size {
                known = Known(status: status, baseBytes: content.baseBytes)
            }
            return content.records
        } catch {
            return []
        }
    }

    /// - Parameters:
    ///   - changes: since the file was last read or written here.
    ///   - all: by key, with the changes.
    /// - Returns: whether the file was written anew.
    @discardableResult
    package mutating func save(
        _ changes: [CatalogChange], all: () -> [CatalogRecord], in storage: any Storage
    ) throws(StorageError) -> Bool {
        if try append(changes, storage) { return false }
        known = nil
        let bytes = CatalogContent.head + CatalogContent.block(all().map(CatalogChange.row))
        try storage.replace(DataLayout.catalog, with: bytes)
        let status = try storage.openForReading(DataLayout.catalog).status()
        known = Known(status: status, baseBytes: bytes.count)
        return true
    }

    /// - Returns: `false` when the file has to be written anew.
    private mutating func append(
        _ changes: [CatalogChange], _ storage: any Storage
    ) throws(StorageError) -> Bool {
        guard let old = known else { return false }
        let block = CatalogContent.block(changes)
        let most = old.baseBytes + max(old.baseBytes, IndexLimits.fewCatalogBytes)
        guard old.status.size + block.count <= most else { return false }
        // What fails below leaves an end that nothing may be appended to.
        known = nil
        do throws(StorageError) {
            let file = try storage.openOrCreate(DataLayout.catalog)
            guard try file.status().isSameFile(as: old.status) else { return false }
            try file.appendAll(block[...], path: DataLayout.catalog.description)
            try file.sync()
            var status = old.status
            status.size += block.count
            guard try file.status().isSameFile(as: status) else { return false }
            try file.close()
            known = Known(status: status, baseBytes: old.baseBytes)
            return true
        } catch {
            // The whole file may still go to another place of the disk.
            return false
        }
    }
}

extension FileStatus {
    fileprivate func isSameFile(as other: FileStatus) -> Bool {
        device == other.device && inode == other.inode && size == other.size
    }
}

/// The bytes of a catalogue file, read: pure.
package struct CatalogContent {
    /// By key.
    package private(set) var records: [CatalogRecord] = []
    /// Up to the end of the first block.
    private(set) var baseBytes = 0
    /// Up to the end of the last whole block.
    private(set) var bytes = 0

    /// - Throws: what is wrong with its head or its first block.
    package init(_ file: [UInt8]) throws(ColumnError) {
        var reader = BinaryColumnReader(file)
        try read(&reader)
    }

    /// - Returns: `nil` when rows have to be made anew.
    package static func usable(_ file: [UInt8]) -> CatalogContent? {
        do throws(ColumnError) { return try CatalogContent(file) } catch { return nil }
    }

    private mutating func read(_ file: inout BinaryColumnReader) throws(ColumnError) {
        for byte in CatalogFile.magic where try file.byte("magic") != byte {
            throw ColumnError("magic", "is not that of a catalogue")
        }
        guard try file.integer("version", UInt64.self) == CatalogFile.version else {
            throw ColumnError("version", "is not \(CatalogFile.version)")
        }
        for change in try Self.nextBlock(&file) {
            guard case .row(let record) = change, records.last.map({ $0.key < record.key }) ?? true
            else { throw ColumnError("user", "and session do not ascend") }
            records.append(record)
        }
        baseBytes = file.at
        bytes = file.at
        var later: [CatalogChange] = []
        while let block = Self.blockOrNone(&file) {
            later += block
            bytes = file.at
        }
        records = Self.merged(records, with: later)
    }

    /// - Returns: `nil` where no whole block follows.
    private static func blockOrNone(_ file: inout BinaryColumnReader) -> [CatalogChange]? {
        do throws(ColumnError) { return try nextBlock(&file) } catch { return nil }
    }

    private static func nextBlock(
        _ file: inout BinaryColumnReader
    ) throws(ColumnError) -> [CatalogChange] {
        let count = try file.integer("bytes", UInt64.self)
        let hash = try file.integer("hash", UInt64.self)
        var rows = try file.part("rows", count)
        guard rows.hash == hash else { throw ColumnError("hash", "is not that of the rows") }
        var changes: [CatalogChange] = []
        while !rows.isAtEnd {
            var row = CatalogRow()
            do throws(ColumnError) {
                try row.columns(&rows)
            } catch {
                throw error.within("rows[\(changes.count)]")
            }
            if let change = row.change { changes.append(change) }
        }
        return changes
    }

    static var head: [UInt8] {
        var head = BinaryColumnWriter()
        head.append(CatalogFile.version)
        return CatalogFile.magic + head.bytes
    }

    package static func block(_ changes: [CatalogChange]) -> [UInt8] {
        block(
            rows: BinaryColumnWriter.bytes { rows throws(ColumnError) in
                for change in changes {
                    var row = CatalogRow(change)
                    try row.columns(&rows)
                }
            })
    }

    private static func block(rows: [UInt8]) -> [UInt8] {
        var head = BinaryColumnWriter()
        head.append(UInt64(rows.count))
        head.append(XXHash64.hash(rows))
        return head.bytes + rows
    }

    /// The columns of a row, for the page about them.
    package static var columns: [ColumnList.Column] { CatalogRow.columns }

    /// A whole file of blocks with these bytes as rows, whatever they are.
    package static func file(_ blocks: [[UInt8]]) -> [UInt8] {
        head + blocks.flatMap(block(rows:))
    }

    /// Rows with what changed; of several changes of one session the last.
    /// - Parameter old: by key.
    /// - Returns: by key.
    static func merged(
        _ old: [CatalogRecord], with changes: [CatalogChange]
    ) -> [CatalogRecord] {
        guard !changes.isEmpty else { return old }
        let last = Dictionary(changes.map { ($0.key, $0) }) { _, later in later }
        let sorted = last.values.sorted { $0.key < $1.key }
        var result: [CatalogRecord] = []
        result.reserveCapacity(old.count + sorted.count)
        var rest = old[...]
        for change in sorted {
            // Of few changes each is far from the one before.
            let key = change.key
            let at = rest.partitioningIndex { !($0.key < key) }
            result += rest[..<at]
            rest = rest[at...]
            if rest.first?.key == key { rest.removeFirst() }
            if case .row(let record) = change { result.append(record) }
        }
        return result + rest
    }
}
