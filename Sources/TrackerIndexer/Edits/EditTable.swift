import TrackerLog

/// The edits of a session, within limits that do not depend on order: the latest that are no more
/// than `IndexLimits.maxEditsPerSession`, and fit into `IndexLimits.maxEditBytesPerSession`.
struct EditTable {
    /// Ordered by time and text, except for those added since the last cut.
    private(set) var edits: [Edit] = []
    /// All that were added: those that are missing in `edits` are left out.
    private(set) var count = 0
    /// No edit of this time or an earlier one is kept. It only becomes later.
    private(set) var lastExcluded: Timestamp?
    private var bytes = 0
    private var isSorted = true

    var isWhole: Bool { count == edits.count && lastExcluded == nil }
    var unkept: Int { count - edits.count }

    mutating func add(_ edit: Edit) {
        count += 1
        keep(edit)
        if edits.count >= 2 * IndexLimits.maxEditsPerSession
            || bytes >= 2 * IndexLimits.maxEditBytesPerSession
        {
            cut()
        }
    }

    /// An edit that is in the count already.
    private mutating func keep(_ edit: Edit) {
        if let lastExcluded, !isEarlier(lastExcluded, edit.timestamp) { return }
        edits.append(edit)
        bytes += Self.bytes(of: edit)
        isSorted = false
    }

    mutating func merge(_ other: EditTable) {
        if let time = other.lastExcluded { exclude(through: time) }
        count = SaturatingCount.sum(count, other.unkept)
        for edit in other.edits { add(edit) }
    }

    /// Keeps the latest edits, ordered by time and text; those without a plausible time first.
    mutating func cut() {
        // Sorting encodes every edit, which is too slow for each update of a followed session.
        guard !isSorted else { return }
        isSorted = true
        edits =
            edits
            .map { (edit: $0, line: canonicalLine(.edit($0))) }
            .sorted { a, b in
                a.edit.timestamp != b.edit.timestamp
                    ? isEarlier(a.edit.timestamp, b.edit.timestamp)
                    : a.line.lexicographicallyPrecedes(b.line)
            }
            .suffix(IndexLimits.maxEditsPerSession)
            .map(\.edit)
        bytes = 0
        for edit in edits.reversed() {
            bytes += Self.bytes(of: edit)
            guard bytes > IndexLimits.maxEditBytesPerSession else { continue }
            exclude(through: edit.timestamp)
            break
        }
        // What is before the edits that are kept is no bound.
        if let time = lastExcluded, edits.count == IndexLimits.maxEditsPerSession,
            let first = edits.first, isEarlier(time, first.timestamp)
        {
            lastExcluded = nil
        }
    }

    private mutating func exclude(through time: Timestamp) {
        if let lastExcluded, !isEarlier(lastExcluded, time) { return }
        lastExcluded = time
        edits.removeAll { !isEarlier(time, $0.timestamp) }
        bytes = edits.reduce(0) { $0 + Self.bytes(of: $1) }
    }

    /// What it takes in memory, about.
    private static func bytes(of edit: Edit) -> Int {
        [edit.run, edit.id, edit.by, edit.undoes, edit.profile].reduce(edit.text.utf8.count) {
            $0 + ($1?.utf8.count ?? 0)
        }
    }

    mutating func restore(unkept: Int, lastExcluded: Timestamp?) {
        count = SaturatingCount.sum(edits.count, unkept)
        self.lastExcluded = lastExcluded
    }
}
