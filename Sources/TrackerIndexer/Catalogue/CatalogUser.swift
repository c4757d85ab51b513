package import TrackerLog

/// What the list of sessions says of one user: whose notebook it is, and what is in it.
package struct CatalogUser: Sendable, Hashable {
    package var user: UserID
    /// Without archived sessions, as are `runs` and `targets`: the list does not show them either.
    package var sessions = 0
    package var archived = 0
    package var runs = 0
    /// Distinct, sorted.
    package var targets: [String] = []
    /// When something was measured last, also in an archived session.
    package var last: Timestamp?
    /// The first of the user in the list; `nil` when all are archived.
    package var newest: SessionID?

    package init(user: UserID) { self.user = user }

    /// The users of all sessions: the one who measured last first.
    /// - Parameter newestFirst: every session, in the order of the list.
    package static func all(in newestFirst: [CatalogEntry]) -> [CatalogUser] {
        var users: [UserID: (user: CatalogUser, targets: Set<ExactText>)] = [:]
        for entry in newestFirst {
            users[entry.user, default: (CatalogUser(user: entry.user), [])].user.add(entry)
            guard !entry.isArchived else { continue }
            users[entry.user]?.targets.formUnion(entry.targets.lazy.map { ExactText($0) })
        }
        return users.values.map { user, targets in
            var user = user
            user.targets = targets.sorted().map(\.text)
            return user
        }.sorted { a, b in
            (b.last ?? .epoch, a.user) < (a.last ?? .epoch, b.user)
        }
    }

    private mutating func add(_ entry: CatalogEntry) {
        last = [last, entry.last].compactMap(\.self).max()
        guard !entry.isArchived else {
            archived += 1
            return
        }
        sessions += 1
        runs = SaturatingCount.sum(runs, entry.runCount)
        newest = newest ?? entry.session
    }

    /// As `tracker user list --all --json` prints it; over HTTP the path of its list is beside it.
    package var json: JSONValue {
        .object([
            .init("user", .string(user.value)), .init("sessions", .integer(sessions)),
            .init("archived", .integer(archived)), .init("runs", .integer(runs)),
            .init("targets", .array(targets.map(JSONValue.string))),
            .init("last", .optional(last)),
            .init("newest", .optional(newest?.value)),
        ])
    }
}
