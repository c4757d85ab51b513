import TrackerLog
import TrackerPages
import TrackerProfile

/// Reads profiles for pages; keeps the last ones, for a reader goes from frame to frame.
///
/// One at a time: a tree has some 50 MB at most, and four are kept.
actor ProfileReader {
    private let store: ProfileStore
    /// The one used last stands last.
    private var kept: [(hash: ProfileHash, profile: KnownProfile)] = []
    private var pair: (before: ProfileHash, after: ProfileHash, pair: TreePair)?

    init(in storage: any Storage) { store = ProfileStore(in: storage) }

    /// - Throws: `StorageError` or `ProfileError`.
    func content(
        of hash: ProfileHash, against before: ProfileHash?
    ) throws -> ProfileModel.Content {
        let shown = try profile(hash)
        guard let before else { return .one(shown) }
        let other = try profile(before)
        if let pair, pair.before == before, pair.after == hash {
            return .two(pair.pair, before: other, after: shown)
        }
        let made = try TreePair(before: other.tree, after: shown.tree)
        pair = (before, hash, made)
        return .two(made, before: other, after: shown)
    }

    private func profile(_ hash: ProfileHash) throws -> KnownProfile {
        if let at = kept.firstIndex(where: { $0.hash == hash }) {
            let found = kept.remove(at: at)
            kept.append(found)
            return found.profile
        }
        let profile = try store.profile(hash)
        kept.append((hash, profile))
        if kept.count > ProfileLimits.keptTrees { kept.removeFirst() }
        return profile
    }
}
