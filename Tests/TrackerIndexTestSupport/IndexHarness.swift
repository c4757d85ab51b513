import Testing
package import TrackerIndexer
package import TrackerLog
package import TrackerTestSupport

/// A data folder of several sessions, and what an index run made of it.
package enum IndexHarness {
    /// Sessions of two users: six, with damage, and one that is empty.
    package static func fill(_ storage: any Storage) throws {
        for (path, bytes) in files {
            try storage.createDirectory(path.parent)
            #expect(try storage.create(path).append(bytes) == bytes.count)
        }
        try storage.createDirectory(StoragePath("log", "bob", "empty"))
    }

    private static let files: [(path: StoragePath, bytes: [UInt8])] = (0..<6).flatMap { number in
        let folder = StoragePath("log", number % 2 == 0 ? "%41nn" : "bob", "s%20\(number)")
        return GeneratedLog(seed: UInt64(number) + 70).files.map { file in
            let content = String(decoding: file.bytes, as: UTF8.self)
            // Bare files can be made to fit their session; frames of another are damage to be told.
            let bytes =
                file.name.hasSuffix(".jsonl")
                ? Array(content.replacing("\"s 1\"", with: "\"s \(number)\"").utf8) : file.bytes
            return (folder.appending(file.name), bytes)
        }
    }

    package static func filled() throws -> MemoryStorage {
        let storage = MemoryStorage()
        try fill(storage)
        return storage
    }

    package static func snapshots(_ storage: any Storage) throws -> [String] {
        try storage.list(DataLayout.index).filter { $0.kind == .directory }.flatMap { user in
            try storage.list(DataLayout.index.appending(user.name)).map {
                "\(user.name)/\($0.name)"
            }
        }.sorted()
    }

    package static func check(_ a: IndexReport, _ b: IndexReport, _ what: String) {
        #expect(a.digest == b.digest, "\(what)")
        #expect(
            [a.sessions, a.segments, a.frames, a.events, a.badLines, a.badRegions, a.missingFrames]
                == [
                    b.sessions, b.segments, b.frames, b.events, b.badLines, b.badRegions,
                    b.missingFrames,
                ],
            "\(what)")
    }
}
