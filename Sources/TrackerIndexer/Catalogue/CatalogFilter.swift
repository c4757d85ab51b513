package import TrackerLog

/// Selects and orders sessions of the list, using the catalogue's rows only.
package struct CatalogFilter: Sendable, Hashable {
    /// A session must match all of them.
    package var terms: [Term]
    package var order: Order
    /// Whether the order is turned; sessions without a value come last all the same.
    package var isReversed: Bool
    /// Whether archived sessions match only with `is:archived`, as on the page.
    package var hidesArchived: Bool

    package init(
        terms: [Term] = [], order: Order = .newest, isReversed: Bool = false,
        hidesArchived: Bool = false
    ) {
        self.terms = terms
        self.order = order
        self.isReversed = isReversed
        self.hidesArchived = hidesArchived
    }

    /// One condition. Words are for searching, so case is ignored; whole names are compared by
    /// their bytes otherwise.
    package enum Term: Sendable, Hashable {
        /// Every session that does not match.
        indirect case not(Term)
        /// Substring of the name, the id, the user, a tag or a target.
        case text(String)
        /// A whole tag.
        case tag(String)
        /// Substring of a target.
        case target(String)
        /// The whole user id.
        case user(String)
        /// The first digits of a commit of the session or of one of its runs.
        case commit(String)
        /// A whole test of a run.
        case test(String)
        /// The whole name.
        case name(String)
        /// Exactly this user.
        case owner(UserID)
        case isArchived
        case isRunning
        /// The newest run failed.
        case isFailed
        /// Bytes or lines could not be read, or frames are missing.
        case isDamaged
        /// Its number is beyond what earlier sessions vary by.
        case shift(CatalogShift)
        case number(CatalogNumber)
        /// The last event is at this time or later.
        case since(Timestamp)
        /// The first event is before this time.
        case until(Timestamp)

        /// - Parameter shift: of this session; `nil` where it is unknown, or within.
        package func matches(_ entry: CatalogEntry, shift: CatalogShift? = nil) -> Bool {
            switch self {
            case .not(let term): return !term.matches(entry, shift: shift)
            case .shift(let wanted): return shift == wanted
            case .commit(let part): return entry.commits.contains { Self.isCommit($0, part) }
            case .test(let test):
                let test = test.lowercased()
                return entry.tests.contains { $0.lowercased().isExactly(test) }
            case .name(let name):
                return entry.name.map { $0.lowercased().isExactly(name.lowercased()) } ?? false
            case .tag(let tag):
                let tag = tag.lowercased()
                return entry.tags.contains { $0.lowercased().isExactly(tag) }
            case .target(let part):
                let part = part.lowercased()
                return entry.targets.contains { Self.holds($0, part) }
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
                return [entry.name ?? "", entry.session.value, entry.user.value].contains {
                    Self.holds($0, part)
                } || entry.tags.contains { Self.holds($0, part) }
                    || entry.targets.contains { Self.holds($0, part) }
            }
        }

        /// Whether the part, in lower case, is somewhere in the text.
        ///
        /// Nearly all names are ASCII, and a filter looks at some in each of thousands of
        /// sessions: those are not copied.
        private static func holds(_ text: String, _ part: String) -> Bool {
            let (text8, part8) = (text.utf8, part.utf8)
            guard text8.allSatisfy({ $0 < 0x80 }), part8.allSatisfy({ $0 < 0x80 }) else {
                return text.lowercased().contains(part)
            }
            guard let first = part8.first else { return true }
            guard text8.count >= part8.count else { return false }
            var start = text8.startIndex
            for _ in 0...(text8.count - part8.count) {
                if Self.lower(text8[start]) == first,
                    zip(text8[start...], part8).allSatisfy({ Self.lower($0) == $1 })
                {
                    return true
                }
                text8.formIndex(after: &start)
            }
            return false
        }

        private static func lower(_ byte: UInt8) -> UInt8 {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        }

        /// Either may be the short form of the other: a commit is logged as it was given.
        private static func isCommit(_ commit: String, _ typed: String) -> Bool {
            let (commit, typed) = (commit.lowercased(), typed.lowercased())
            return commit.hasPrefix(typed)
                || commit.utf8.count >= Self.shortCommit && typed.hasPrefix(commit)
        }

        /// Digits of a commit as git shortens it.
        private static let shortCommit = 7
    }

    /// The sort order. Sessions with equal values are ordered newest first; sessions without a
    /// value come last.
    package enum Order: String, Sendable, Hashable, CaseIterable {
        case newest, oldest, name, user, target, runs, events, rate, samples, p50, p99, errors
    }

    /// The matching entries in the filter's order.
    /// - Parameters:
    ///   - entries: in any order.
    ///   - shifts: for `worse` and `better`: see `EarlierSessions`.
    package func select(
        _ entries: [CatalogEntry], shifts: [DataFolder.SessionKey: CatalogShift] = [:]
    ) -> [CatalogEntry] {
        let hides = hidesArchived && !terms.contains(.isArchived)
        let newest = entries.filter { entry in
            !(hides && entry.isArchived)
                && terms.allSatisfy { $0.matches(entry, shift: shifts[entry.key]) }
        }.sorted(by: CatalogEntry.isNewer)
        switch order {
        case .newest: return isReversed ? sorted(newest, by: \.first) : newest
        case .oldest: return isReversed ? newest : sorted(newest, by: \.first)
        case .name: return sorted(newest, by: \.sortName)
        case .user: return sorted(newest, by: \.sortUser)
        case .target: return sorted(newest, by: \.targets.first)
        case .runs: return sorted(newest, by: \.sortRuns)
        case .events: return sorted(newest, by: \.sortEvents)
        case .rate: return sorted(newest, by: \.headline?.requestsPerSecond)
        case .samples: return sorted(newest, by: \.headline?.count)
        case .p50: return sorted(newest, by: \.headline?.p50)
        case .p99: return sorted(newest, by: \.headline?.p99)
        case .errors: return sorted(newest, by: \.errorShare)
        }
    }

    private func sorted<Value: Comparable>(
        _ entries: [CatalogEntry], by value: (CatalogEntry) -> Value?
    ) -> [CatalogEntry] {
        // Turned, the first times are the oldest ones, which is what that order is.
        let isAscending = order == .newest || order.isAscending != isReversed
        let keyed = entries.enumerated().map { (at: $0, value: value($1), entry: $1) }
        return keyed.sorted { a, b in
            guard let first = a.value else { return b.value == nil && a.at < b.at }
            guard let second = b.value else { return true }
            guard first != second else { return a.at < b.at }
            return isAscending ? first < second : second < first
        }.map(\.entry)
    }
}

extension CatalogFilter.Order {
    /// Texts and times begin with the smallest, numbers with the largest.
    package var isAscending: Bool {
        switch self {
        case .oldest, .name, .user, .target: true
        case .newest, .runs, .events, .rate, .samples, .p50, .p99, .errors: false
        }
    }
}

extension CatalogEntry {
    fileprivate var sortName: String? { (self.name ?? self.session.value).lowercased() }
    fileprivate var sortUser: String? { self.user.value.lowercased() }
    fileprivate var sortRuns: Int? { self.runCount }
    fileprivate var sortEvents: Int? { self.eventCount }
    fileprivate var errorShare: Double? {
        self.headline.flatMap { $0.count > 0 ? Double($0.errors) / Double($0.count) : nil }
    }
}
