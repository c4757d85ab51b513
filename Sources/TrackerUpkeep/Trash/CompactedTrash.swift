import TrackerLog

/// Segments whose lines are in a compacted one, with the number of bytes that were compacted:
///
/// ```text
/// trash/compacted/<user>/<session>/<segment>~<size>
/// trash/compacted/<user>/<session>/<segment>~<size>t      beyond what was compacted it was copied
/// trash/compacted/<user>/<session>/<segment>~<size>~2     the name was taken
/// ```
enum CompactedTrash {
    /// The name of a file in the trash.
    struct Name {
        var file: SegmentName
        /// Everything before is in the log.
        var size: Int
        /// Whether some of it is in a copy under another name. The file cannot go back to the log
        /// as a whole: lines without a header would count twice.
        var isCopied = false

        var text: String { "\(file.fileName)~\(size)\(isCopied ? "t" : "")" }
    }

    /// What became of files that have grown in the trash.
    struct Grown {
        /// Moved back to the log.
        var back: [String] = []
        /// Another file has the name, so that what was appended was copied to a new segment.
        var copied: [(file: String, newName: String)] = []
    }

    struct File {
        var name: Name
        var path: StoragePath
        var bytes: Int
    }

    /// What the trash has of a session.
    static func files(
        _ key: DataFolder.SessionKey, in storage: any Storage
    ) throws(StorageError) -> [File] {
        let trash = folder(key)
        return try Maintenance.entries(trash, in: storage).compactMap { entry in
            guard entry.kind == .file, let name = parse(entry.name) else { return nil }
            return File(
                name: name, path: trash.appending(entry.name), bytes: entry.status?.size ?? 0)
        }
    }

    static func folder(_ key: DataFolder.SessionKey) -> StoragePath {
        DataLayout.compactedInputs.appending(key.user.directoryName)
            .appending(key.session.directoryName)
    }

    /// - Returns: `nil` unless the text has the form that `Name.text` makes, with or without a
    ///   number after it.
    static func parse(_ text: String) -> Name? {
        let parts = text.split(separator: "~", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3,
            let file = SegmentName(fileName: String(parts[0]))
        else { return nil }
        let isCopied = parts[1].hasSuffix("t")
        guard let size = Int(isCopied ? parts[1].dropLast() : parts[1]) else { return nil }
        return Name(file: file, size: size, isCopied: isCopied)
    }

    /// Brings back what was appended to segments since they were moved here: a program had them
    /// open without a lock. Compacted lines still count once.
    /// - Parameters:
    ///   - names: of the files to look at; `nil`: all of them.
    ///   - free: names of the trash's folder for this session.
    static func bringBackGrown(
        _ key: DataFolder.SessionKey, among names: [String]? = nil, free: inout FreeNames?,
        in storage: any Storage
    ) throws(StorageError) -> Grown {
        let trash = folder(key)
        let session = DataLayout.sessionFolder(key.user, key.session)
        let reader = SegmentReader()
        var grown = Grown()
        let candidates = if let names { names } else { try grownNames(trash, in: storage) }
        for text in candidates {
            guard var name = parse(text) else { continue }
            let path = trash.appending(text)
            guard try storage.openForReading(path).status().size > name.size else { continue }
            try storage.createDirectory(session)
            let fileName = name.file.fileName
            if !name.isCopied,
                try Maintenance.moves(path, to: session.appending(fileName), in: storage)
            {
                grown.back.append(fileName)
                continue
            }
            let segment = DisplacedSegment(
                storage: storage, key: key, path: path, name: name.file, reader: reader)
            let (copy, end) = try segment.copyRest(from: name.size)
            guard let copy else { continue }
            // From here on it counts as compacted up to there.
            (name.size, name.isCopied) = (end, true)
            var freeNames = try FreeNames(free, in: trash, storage)
            defer { free = freeNames }
            try storage.move(path, to: freeNames.take(name.text))
            grown.copied.append((fileName, copy.fileName))
        }
        guard !grown.back.isEmpty || !grown.copied.isEmpty else { return grown }
        try storage.syncDirectory(session)
        try storage.syncDirectory(trash)
        return grown
    }

    /// Only what the listing shows to have grown is opened: there may be very many files.
    private static func grownNames(
        _ trash: StoragePath, in storage: any Storage
    ) throws(StorageError) -> [String] {
        try Maintenance.entries(trash, in: storage).filter { entry in
            guard entry.kind == .file, let name = parse(entry.name) else { return false }
            return entry.status.map { $0.size > name.size } ?? true
        }.map(\.name)
    }
}
