package import TrackerLog

/// Reads the lines of a session that the index counts, and no others: by the same claims, and each
/// frame once.
package struct SessionReader {
    private let storage: any Storage
    private let now: Timestamp
    private let reader = SegmentReader()

    /// - Parameter now: decides which files are closed.
    package init(storage: any Storage, now: Timestamp) {
        self.storage = storage
        self.now = now
    }

    /// Reads all files, in the order of their names.
    /// - Parameters:
    ///   - lines: called with each section, or the part of it that counts.
    ///   - damaged: called with each byte range that cannot be read, after the lines of its file.
    /// - Throws: when the folder or the claims of its compacted segments cannot be read.
    /// - Returns: errors of single files: the lines up to them were read, and all other files.
    package func read(
        _ key: DataFolder.SessionKey,
        lines: (SegmentName, FrameContent, FrameSection) -> Void,
        damaged: (BadRegion) -> Void
    ) throws(StorageError) -> [StorageError] {
        let listing = try SessionListing(key.user, key.session, in: storage)
        let folder = DataLayout.sessionFolder(key.user, key.session)
        let closing = SegmentClosing(of: listing.segments.map(\.name), now: now)
        var claims = SegmentClaims()
        let rules = try claims.rules(listing, in: folder, storage, reader)
        var seen = FrameLedger()
        var problems: [StorageError] = []
        for name in listing.segments.map(\.name) {
            let rule = rules[name.fileName] ?? .everything
            let path = folder.appending(name.fileName)
            do throws(StorageError) {
                let file = try storage.openForReading(path)
                let status = try file.status()
                let progress = reader.readAvailable(
                    file, name: name, session: key.session, from: 0, size: status.size
                ) { frame in
                    for section in frame.sections {
                        let admission = seen.admit(section, of: frame, by: rule)
                        if case .counted(let part, _) = admission { lines(name, frame, part) }
                    }
                }
                progress.badRegions.forEach(damaged)
                if let failure = progress.failure { throw failure }
                let end = SegmentEnd(progress, missingBytes: rule.missingBytes)
                let region = end.damage(in: name) {
                    closing.isClosed(name, modifiedNs: status.modifiedNs, path, in: storage)
                }
                if let region { damaged(region) }
            } catch {
                problems.append(error)
            }
        }
        return problems
    }
}
