import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("The catalogue's filter")
struct CatalogFilterTests {
    private static let words = ["pool", "Pool 64", "ä", "Ä-b", "x"]
    private static let users = ["Ann", "bob", "pool"]

    private static func entry(
        _ number: Int, _ generator: inout SeededGenerator
    ) throws -> CatalogEntry {
        func some(_ list: [String]) -> [String] {
            list.filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
        }
        var entry = CatalogEntry(
            user: try UserID(users.randomElement(using: &generator) ?? "u"),
            session: try SessionID("s\(number)"), tags: some(words),
            isArchived: Bool.random(using: &generator), isRunning: Bool.random(using: &generator),
            targets: some(["http://Host:8080/", "http://host:9/x"]),
            runCount: Int.random(in: 0..<3, using: &generator),
            eventCount: Int.random(in: 0..<5, using: &generator), badRegionCount: 0,
            badLineCount: 0, missingFrames: 0)
        entry.name = some(words).first
        if Bool.random(using: &generator) {
            entry.first = Timestamp(
                clamping: Double(Int.random(in: 0..<9, using: &generator)))
            entry.last = entry.first.map { $0 + 3 }
            let count = Int.random(in: 0..<3, using: &generator)
            entry.headline = CatalogEntry.Headline(
                metric: "m", count: count, errors: min(count, 1), successes: count,
                perSecond: Double(number % 3),
                p50: 1, p99: Double(number % 4), p99OverTime: [])
        }
        return entry
    }

    /// The same conditions, written in the plainest way.
    private static func holds(_ term: CatalogFilter.Term, _ entry: CatalogEntry) -> Bool {
        func folded(_ text: String) -> String { text.lowercased() }
        let texts =
            [entry.session.value, entry.user.value] + [entry.name].compactMap(\.self)
            + entry.tags + entry.targets
        switch term {
        case .text(let text):
            return texts.map(folded).joined(separator: "\n").contains(folded(text))
        case .tag(let tag): return entry.tags.map(folded).contains(folded(tag))
        case .target(let part):
            return entry.targets.map(folded).joined(separator: "\n").contains(folded(part))
        case .user(let user): return folded(user) == folded(entry.user.value)
        case .owner(let user): return entry.user == user
        case .isArchived: return entry.isArchived
        case .isRunning: return entry.isRunning
        case .since(let time): return (entry.last ?? -1) >= time
        case .until(let time): return (entry.first ?? 1e300) < time
        }
    }

    @Test("any filter selects and orders like a plain search of all rows")
    func oracle() throws {
        var found = 0
        for seed in Sweep.seeds(40, long: 2_000) {
            var generator = SeededGenerator(seed: seed)
            let entries = try (0..<60).map { try Self.entry($0, &generator) }
            let ann = try UserID("Ann")
            let terms: [CatalogFilter.Term] = [
                .text("POOL"), .text("8080"), .text("s1"), .tag("pool 64"), .tag("Ä-B"),
                .target("HOST"), .target("9/"), .user("ANN"), .user("poo"), .owner(ann),
                .isArchived, .isRunning, .since(5), .until(4),
            ].shuffled(using: &generator)
            let chosen = Array(terms.prefix(Int.random(in: 0...3, using: &generator)))
            for order in CatalogFilter.Order.allCases {
                let filter = CatalogFilter(terms: chosen, order: order)
                let selected = filter.select(entries)
                let expected = entries.filter { entry in
                    chosen.allSatisfy { Self.holds($0, entry) }
                }
                #expect(Set(selected) == Set(expected), "seed \(seed), \(chosen)")
                #expect(selected.count == expected.count)
                #expect(
                    filter.select(entries.shuffled(using: &generator)) == selected,
                    "seed \(seed), \(order)")
                Self.checkOrder(selected, order, seed)
                found += selected.count
            }
        }
        #expect(found > 1_000)
    }

    private static func checkOrder(
        _ entries: [CatalogEntry], _ order: CatalogFilter.Order, _ seed: UInt64
    ) {
        /// Ascends in the order; entries without a value are last.
        func rank(_ entry: CatalogEntry) -> Double {
            switch order {
            case .newest: -(entry.first ?? 0).milliseconds
            case .oldest: entry.first?.milliseconds ?? .infinity
            case .runs: -Double(entry.runCount)
            case .events: -Double(entry.eventCount)
            case .rate: entry.headline.map { -$0.perSecond } ?? .infinity
            case .p99: entry.headline?.p99.map { -$0 } ?? .infinity
            case .errors:
                entry.headline.flatMap {
                    $0.count == 0 ? nil : -Double($0.errors) / Double($0.count)
                }
                    ?? .infinity
            case .name, .user, .target: 0
            }
        }
        func text(_ entry: CatalogEntry) -> String {
            switch order {
            case .name: (entry.name ?? entry.session.value).lowercased()
            case .user: entry.user.value.lowercased()
            case .target: entry.targets.first ?? "\u{10FFFF}"
            default: ""
            }
        }
        for (one, next) in zip(entries, entries.dropFirst()) {
            let (a, b) = ((rank(one), text(one)), (rank(next), text(next)))
            #expect(a <= b, "seed \(seed), \(order)")
            if a == b {
                #expect(
                    (one.first ?? 0) >= (next.first ?? 0),
                    "seed \(seed), \(order): newest first")
            }
        }
    }

    @Test("conditions as a person types them")
    func words() {
        let day: Timestamp = 1_764_028_800_000
        let table: [(String, CatalogFilter.Term)] = [
            ("tag:Pool", .tag("pool")), ("user:Ann", .user("ann")), ("is:running", .isRunning),
            ("is:archived", .isArchived), ("target:HTTP://x:1/", .target("http://x:1/")),
            ("since:2025-11-25", .since(day)), ("until:2025-11-25T00:00:01Z", .until(day + 1_000)),
            ("since:2025-11-25T01:00:00+01:00", .since(day)),
            ("since:yesterday", .text("since:yesterday")),
            ("tag:", .text("tag:")), ("is:else", .text("is:else")), ("Plain", .text("plain")),
        ]
        for (word, term) in table { #expect(CatalogFilter.Term(word) == term, "\(word)") }
    }
}
