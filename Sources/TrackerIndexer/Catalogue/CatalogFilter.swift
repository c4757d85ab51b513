package import TrackerLog

/// Selects and orders sessions of the list, using the catalogue's rows only.
package struct CatalogFilter: Sendable, Hashable {
    /// A session must match all of them.
    package var terms: [Term]
    package var order: Order

    package init(terms: [Term] = [], order: Order = .newest) {
        self.terms = terms
        self.order = order
    }

    /// One condition. Words are for searching, so case is ignored; whole names are compared by
    /// their bytes otherwise.
    package enum Term: Sendable, Hashable {
        /// Substring of the name, the id, the user, a tag or a target.
        case text(String)
        /// A whole tag.
        case tag(String)
        /// Substring of a target.
        case target(String)
        /// The whole user id.
        case user(String)
        /// Exactly this user.
        case owner(UserID)
        case isArchived
        case isRunning
        /// The newest run failed.
        case isFailed
        /// Bytes or lines could not be read, or frames are missing.
        case isDamaged
        case number(CatalogNumber)
        /// The last event is at this time or later.
        case since(Timestamp)
        /// The first event is before this time.
        case until(Timestamp)

        package func matches(_ entry: CatalogEntry) -> Bool {
            switch self {
            case .tag(let tag):
                let tag = tag.lowercased()
                return entry.tags.contains { $0.lowercased().isExactly(tag) }
            case .target(let part):
                let part = part.lowercased()
                return entry.targets.contains { $0.lowercased().contains(part) }
            case .user(let user):
                return entry.user.value.lowercased().isExactly(user.lowercased())
            case .owner(let user): return entry.user == user
            case .isArchived: return entry.isArchived
            case .isRunning: return entry.isRunning
            case .isFailed: return entry.failure != nil
            case .isDamaged:
                return entry.badRegionCount > 0 || entry.badLineCount > 0
                    || entry.missingFrames > 0
            case .number(let number): return number.matches(entry)
            case .since(let time): return entry.last.map { $0 >= time } ?? false
            case .until(let time): return entry.first.map { $0 < time } ?? false
            case .text(let part):
                let part = part.lowercased()
                return
                    ([entry.name ?? "", entry.session.value, entry.user.value] + entry.tags
                    + entry.targets).contains { $0.lowercased().contains(part) }
            }
        }
    }

    /// The sort order. Sessions with equal values are ordered newest first; sessions without a
    /// value come last.
    package enum Order: String, Sendable, Hashable, CaseIterable {
        case newest, oldest, name, user, target, runs, events, rate, samples, p50, p99, errors
    }

    package func matches(_ entry: CatalogEntry) -> Bool {
        terms.allSatisfy { $0.matches(entry) }
    }

    /// The matching entries in the filter's order.
    /// - Parameter entries: in any order.
    package func select(_ entries: [CatalogEntry]) -> [CatalogEntry] {
        let newest = entries.filter(matches).sorted(by: CatalogEntry.isNewer)
        switch order {
        case .newest: return newest
        case .oldest: return Self.sorted(newest, by: \.first) { $0 < $1 }
        case .name: return Self.sorted(newest, by: \.sortName) { $0 < $1 }
        case .user: return Self.sorted(newest, by: \.sortUser) { $0 < $1 }
        case .target: return Self.sorted(newest, by: \.targets.first) { $0 < $1 }
        case .runs: return Self.sorted(newest, by: \.sortRuns) { $0 > $1 }
        case .events: return Self.sorted(newest, by: \.sortEvents) { $0 > $1 }
        case .rate: return Self.sorted(newest, by: \.headline?.perSecond) { $0 > $1 }
        case .samples: return Self.sorted(newest, by: \.headline?.count) { $0 > $1 }
        case .p50: return Self.sorted(newest, by: \.headline?.p50) { $0 > $1 }
        case .p99: return Self.sorted(newest, by: \.headline?.p99) { $0 > $1 }
        case .errors: return Self.sorted(newest, by: \.errorShare) { $0 > $1 }
        }
    }

    private static func sorted<Value>(
        _ entries: [CatalogEntry], by value: (CatalogEntry) -> Value?,
        _ precedes: (Value, Value) -> Bool
    ) -> [CatalogEntry] {
        let keyed = entries.enumerated().map { (at: $0, value: value($1), entry: $1) }
        return keyed.sorted { a, b in
            guard let first = a.value else { return b.value == nil && a.at < b.at }
            guard let second = b.value else { return true }
            if precedes(first, second) { return true }
            return !precedes(second, first) && a.at < b.at
        }.map(\.entry)
    }
}

extension CatalogEntry {
    fileprivate var sortName: String? { (name ?? session.value).lowercased() }
    fileprivate var sortUser: String? { user.value.lowercased() }
    fileprivate var sortRuns: Int? { runCount }
    fileprivate var sortEvents: Int? { eventCount }
    fileprivate var errorShare: Double? {
        headline.flatMap { $0.count > 0 ? Double($0.errors) / Double($0.count) : nil }
    }
}
