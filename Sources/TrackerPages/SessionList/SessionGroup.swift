import TrackerIndexer
import TrackerLog

/// One row of the list: a session, and the earlier ones that repeat it.
struct SessionGroup {
    /// The newest.
    var head: CatalogEntry
    /// Newest first.
    var repeats: [CatalogEntry] = []

    var count: Int { 1 + repeats.count }
    /// Repeats that are listed in the page.
    var listed: ArraySlice<CatalogEntry> { repeats.prefix(ViewLimits.listedRepeats) }
    /// Rows that it takes in the page.
    var rowCount: Int { 1 + listed.count }

    /// Each session by itself.
    static func single(_ entries: [CatalogEntry]) -> [SessionGroup] {
        entries.map { SessionGroup(head: $0) }
    }

    /// Sessions of the same user that have the same targets, tests, name and metric, and were
    /// measured under like conditions, are one row, at the place of the newest; those with neither
    /// test nor name stand alone.
    /// - Parameter newestFirst: those that match the filter.
    static func grouped(_ newestFirst: [CatalogEntry]) -> [SessionGroup] {
        var groups: [SessionGroup] = []
        var known: [Likeness: Int] = [:]
        for entry in newestFirst {
            let likeness = Likeness(entry)
            if let likeness, let index = known[likeness] {
                groups[index].repeats.append(entry)
            } else {
                if let likeness { known[likeness] = groups.count }
                groups.append(SessionGroup(head: entry))
            }
        }
        return groups
    }

    /// Finds all of its sessions.
    var filter: String {
        let facts =
            [("user", head.user.value)] + head.targets.map { ("target", $0) }
            + head.tests.map { ("test", $0) } + (head.name.map { [("name", $0)] } ?? [])
        return facts.map { FilterWord.of($0.0, $0.1) }.joined(separator: " ")
    }

    private struct Likeness: Hashable {
        var user: UserID
        var targets: [ExactText]
        var tests: [ExactText]
        var name: ExactText?
        var metric: ExactText?
        var conditions: String?

        init?(_ entry: CatalogEntry) {
            guard !entry.tests.isEmpty || entry.name != nil else { return nil }
            user = entry.user
            targets = entry.targets.map(ExactText.init)
            tests = entry.tests.map(ExactText.init)
            name = entry.name.map(ExactText.init)
            metric = (entry.headline?.metric ?? entry.reported?.metric).map(ExactText.init)
            conditions = entry.conditions
        }
    }
}
