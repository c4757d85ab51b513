package import TrackerLog

/// `index/catalog.snap`: the rows of the session list. It is a cache: a file that is missing,
/// damaged, hostile or of another version is ignored.
///
///     byte  0          8         16
///           TRKCATLG | version | block | block | …
///     block:  byte length of the rows, 8 | XXH64 of the rows, 8 | rows
///
/// A row is a `CatalogRow`; `docs/INDEX_FILES.md` lists its columns.
///
/// The first block contains all rows, ordered by key. Each later block was appended by one save and
/// contains its changes. When the later blocks outgrow the first, or a save changes most rows, the
/// file is rewritten. Bytes after the last complete block are left from an interrupted save and
/// are ignored.
///
/// Used by one thread. To save, the caller must hold the lock of the index.
package struct CatalogFile {
    package static let version: UInt64 = 16
    static let magic = Array("TRKCATLG".utf8)
    /// Most rows are shorter: ids, counts, and a curve of a dozen numbers.
    static let roomyRowBytes = 512
    /// Length and XXH64, before the rows of a block.
    package static let blockHeadBytes = 16

    /// The file as it was last read or written. It is appended to only if it is still the same.
    private struct Known {
        var status: FileStatus
        /// Offset of the end of the first block.
        var baseBytes: Int
        /// Rows of the first block.
        var baseRows: Int
    }

    private var known: Known?

    package init() {}

    /// - Returns: the rows, ordered by key; empty if there is no usable file.
    package mutating func load(from storage: any Storage) -> [CatalogRecord] {
        known = nil
        do throws(StorageError) {
            let file = try storage.openForReading(DataLayout.catalog)
            let status = try file.status()
            guard status.size <= IndexLimits.maxIndexFileBytes else { return [] }
            let bytes = try file.readBytes(at: 0, count: status.size)
            guard let content = CatalogContent.usable(bytes) else { return [] }
            // After the rest of an interrupted save nothing can be appended.
            if content.bytes == status.size {
                known = Known(
                    status: status, baseBytes: content.baseBytes, baseRows: content.baseRows)
            }
            return content.records
        } catch {
            return []
        }
    }

    /// Appends the changes, or rewrites the file.
    /// - Parameters:
    ///   - changes: all changes since the last `load` or `save`.
    ///   - all: all rows with the changes, ordered by key. Called only to rewrite the file.
    /// - Returns: whether the file was rewritten.
    @discardableResult
    package mutating func save(
        _ changes: [CatalogChange], all: () -> [CatalogRecord], in storage: any Storage
    ) throws(StorageError) -> Bool {
        if try append(changes, storage) { return false }
        known = nil
        let rows = all()
        let bytes = CatalogContent.block(
            rows.lazy.map(CatalogChange.row), after: CatalogContent.head)
        try storage.replace(DataLayout.catalog, with: bytes)
        let status = try storage.openForReading(DataLayout.catalog).status()
        known = Known(status: status, baseBytes: bytes.count, baseRows: rows.count)
        return true
    }

    /// - Returns: `false` if the file has to be rewritten.
    private mutating func append(
        _ changes: [CatalogChange], _ storage: any Storage
    ) throws(StorageError) -> Bool {
        // A file of two of each row takes twice the time and memory to load.
        guard let old = known,
            changes.count <= max(old.baseRows / 2, IndexLimits.fewCatalogRows)
        else { return false }
        let block = CatalogContent.block(changes)
        let most = old.baseBytes + max(old.baseBytes, IndexLimits.fewCatalogBytes)
        guard old.status.size + block.count <= most else { return false }
        // A failure below leaves an incomplete block, after which nothing may be appended.
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
            known = Known(status: status, baseBytes: old.baseBytes, baseRows: old.baseRows)
            return true
        } catch {
            // Rewriting the file may still succeed.
            return false
        }
    }
}

extension FileStatus {
    fileprivate func isSameFile(as other: FileStatus) -> Bool {
        device == other.device && inode == other.inode && size == other.size
    }
}

/// Decodes the bytes of a catalogue file. Pure.
package struct CatalogContent {
    /// Ordered by key.
    package private(set) var records: [CatalogRecord] = []
    /// Offset of the end of the first block.
    private(set) var baseBytes = 0
    /// Rows of the first block.
    private(set) var baseRows = 0
    /// Offset of the end of the last complete block.
    private(set) var bytes = 0

    /// - Throws: if the header or the first block is invalid. Later blocks are read as far as they
    ///   are valid.
    package init(_ file: [UInt8]) throws(ColumnError) {
        var reader = BinaryColumnReader(file)
        try read(&reader)
    }

    /// - Returns: `nil` if the file is unusable and the rows must be rebuilt.
    package static func usable(_ file: [UInt8]) -> CatalogContent? {
        do throws(ColumnError) { return try CatalogContent(file) } catch { return nil }
    }

    private mutating func read(_ file: inout BinaryColumnReader) throws(ColumnError) {
        for byte in CatalogFile.magic where try file.byte("magic") != byte {
            throw ColumnError("magic", "is not `TRKCATLG`")
        }
        guard try file.integer("version", UInt64.self) == CatalogFile.version else {
            throw ColumnError("version", "is not \(CatalogFile.version)")
        }
        for change in try Self.nextBlock(&file) {
            guard case .row(let record) = change, records.last.map({ $0.key < record.key }) ?? true
            else { throw ColumnError("user", "is out of order") }
            records.append(record)
        }
        (baseBytes, baseRows) = (file.at, records.count)
        bytes = file.at
        var later: [CatalogChange] = []
        while let block = Self.nextBlockIfValid(&file) {
            later += block
            bytes = file.at
        }
        records = Self.merged(records, with: later)
    }

    /// - Returns: `nil` if no valid block follows.
    private static func nextBlockIfValid(_ file: inout BinaryColumnReader) -> [CatalogChange]? {
        do throws(ColumnError) { return try nextBlock(&file) } catch { return nil }
    }

    private static func nextBlock(
        _ file: inout BinaryColumnReader
    ) throws(ColumnError) -> [CatalogChange] {
        let count = try file.integer("bytes", UInt64.self)
        let hash = try file.integer("hash", UInt64.self)
        var rows = try file.part("rows", count)
        guard rows.hash == hash else { throw ColumnError("hash", "does not match the rows") }
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

    /// - Parameter start: bytes before the block, which the result begins with. A catalogue of
    ///   100,000 sessions takes tens of MB, and is made once.
    package static func block(
        _ changes: some Sequence<CatalogChange>, after start: [UInt8] = []
    ) -> [UInt8] {
        var block: [UInt8] = []
        // Room that is not written to takes no memory; an array that grows is there twice.
        block.reserveCapacity(
            start.count + CatalogFile.blockHeadBytes
                + changes.underestimatedCount * CatalogFile.roomyRowBytes)
        block += start
        block += repeatElement(0, count: CatalogFile.blockHeadBytes)
        BinaryColumnWriter.append(to: &block) { rows throws(ColumnError) in
            for change in changes {
                var row = CatalogRow(change)
                try row.columns(&rows)
            }
        }
        fillHead(of: &block, at: start.count)
        return block
    }

    /// Writes the length and the hash of the rows behind it.
    private static func fillHead(of block: inout [UInt8], at start: Int) {
        let rows = start + CatalogFile.blockHeadBytes
        let hash = unsafe block.withUnsafeBytes {
            unsafe XXHash64.hash(UnsafeRawBufferPointer(rebasing: $0[rows...]))
        }
        var head = BinaryColumnWriter()
        head.append(UInt64(block.count - rows))
        head.append(hash)
        block.replaceSubrange(start..<rows, with: head.bytes)
    }

    private static func block(rows: [UInt8]) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: CatalogFile.blockHeadBytes) + rows
        fillHead(of: &block, at: 0)
        return block
    }

    /// The columns of a row, for the test of `docs/INDEX_FILES.md`.
    package static var columns: [ColumnList.Column] { CatalogRow.columns }

    /// A file of blocks with any bytes as rows, for tests.
    package static func file(_ blocks: [[UInt8]]) -> [UInt8] {
        head + blocks.flatMap(block(rows:))
    }

    /// Applies changes to rows. Of several changes of one session, the last counts.
    /// - Parameter old: ordered by key.
    /// - Returns: the new rows, ordered by key.
    static func merged(
        _ old: [CatalogRecord], with changes: [CatalogChange]
    ) -> [CatalogRecord] {
        guard !changes.isEmpty else { return old }
        // Numbers are sorted, not the changes: there may be a hundred thousand.
        let keys = changes.map(\.key)
        let order = changes.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        var result: [CatalogRecord] = []
        result.reserveCapacity(old.count + changes.count)
        var rest = old[...]
        for (position, index) in order.enumerated() {
            let (change, key) = (changes[index], keys[index])
            if position + 1 < order.count, keys[order[position + 1]] == key { continue }
            // A binary search: changes are few, and far apart.
            let at = rest.partitioningIndex { !($0.key < key) }
            result += rest[..<at]
            rest = rest[at...]
            if rest.first?.key == key { rest.removeFirst() }
            if case .row(let record) = change { result.append(record) }
        }
        result += rest
        return result
    }
}
