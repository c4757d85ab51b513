import TrackerLog

/// `index/catalog.snap`: all rows of the session list in one checksummed zstd frame of JSON lines,
/// the first of which is `{"catalog":2}`.
enum CatalogFile {
    static let version = 2
    static let maxTextBytes = 1 << 30
    static let maxFileBytes = 256 << 20

    static func save(_ records: [CatalogRecord], in storage: any Storage) throws(StorageError) {
        var text = Array("{\"catalog\":\(version)}\n".utf8)
        for record in records {
            record.json.write(to: &text)
            text.append(0x0A)
        }
        guard let bytes = ZstdText.compress(text) else {
            throw StorageError(
                operation: .create, path: DataLayout.catalog.description, code: ErrorCode.noSpace)
        }
        try storage.replace(DataLayout.catalog, with: bytes)
    }

    /// - Returns: nothing when there is none that can be used: it is made anew.
    static func load(from storage: any Storage) -> [CatalogRecord] {
        // try? is right here: a catalogue that cannot be read is made anew.
        guard let bytes = try? storage.readAll(DataLayout.catalog, limit: maxFileBytes),
            let text = ZstdText.decompress(bytes, limit: maxTextBytes)
        else { return [] }
        var lines = text.split(separator: 0x0A)[...]
        guard let first = lines.popFirst(), let header = JSONValue.parsed(first),
            header["catalog"]?.intValue == version
        else { return [] }
        return lines.compactMap { line in
            JSONValue.parsed(line).flatMap(CatalogRecord.init(json:))
        }
    }
}
