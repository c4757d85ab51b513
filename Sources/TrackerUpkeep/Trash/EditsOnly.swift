import TrackerIndexer
import TrackerLog

/// Tells a session that only people wrote to from one that was measured.
///
/// A note on an old session changes its files, and makes the session no younger.
enum EditsOnly {
    /// Whether the session's files that changed since a time hold edits and nothing else.
    ///
    /// Reads the session: only for one whose last measurement is old and whose files are not.
    static func changed(
        _ key: DataFolder.SessionKey, since limit: Timestamp, now: Timestamp,
        in storage: any Storage
    ) throws(StorageError) -> Bool {
        let listing = try SessionListing(key.user, key.session, in: storage)
        let changed = Set(
            listing.segments.filter {
                Timestamp(nanoseconds: $0.status?.modifiedNs ?? .max) >= limit
            }.map(\.fileName))
        var edited: Set<String> = []
        var others: Set<String> = []
        let problems = try SessionReader(storage: storage, now: now).read(key) {
            name, frame, section in
            guard changed.contains(name.fileName) else { return }
            let isEdit = frame.lines(of: section).split(separator: 0x0A).allSatisfy(isEdit)
            if isEdit { edited.insert(name.fileName) } else { others.insert(name.fileName) }
        } damaged: {
            others.insert($0.file)
        }
        // A changed file without a line that counts may hold anything.
        return problems.isEmpty && others.isDisjoint(with: changed) && edited == changed
    }

    private static func isEdit(_ line: ArraySlice<UInt8>) -> Bool {
        // try? is right here: a line that is no event is no edit.
        guard case .edit? = try? EventParser.parse(Array(line)) else { return false }
        return true
    }
}
