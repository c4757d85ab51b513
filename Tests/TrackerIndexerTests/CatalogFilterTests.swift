import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("The catalogue's filter")
struct CatalogFilterTests {
    private static let words = ["pool", "Pool 64", "ä", "Ä-b", "x"]
    private static let users = ["Ann", "bob", "pool"]

    @Test("copies of a row are values: to change one leaves the others")
    func copies() throws {
        var generator = SeededGenerator(seed: 7)
        let first = try Self.entry(1, &generator)
        var (same, other) = (first, first)
        #expect(first == same && first.hashValue == same.hashValue)
        same.name = first.name
        #expect(first == same)
        other.eventCount = first.eventCount + 1
        other.tags.append("more")
        other.session = try SessionID("another")
        #expect(first == same && first != other)
        #expect(first.session.value == "s1" && other.session.value == "another")
        #expect(first.tags.count + 1 == other.tags.count && first.eventCount < other.eventCount)
    }

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
            badLineCount: Int.random(in: 0..<2, using: &generator), missingFrames: 0)
        if Bool.random(using: &generator) { entry.failure = "it broke" }
        entry.commits = some(["9f3c2a1", "9F3C2A1BB0", "77"])
        entry.tests = some(["Pool", "checkout"])
        entry.name = some(words).first
        if Bool.random(using: &generator) {
            entry.first = Timestamp(
                clamping: Double(Int.random(in: 0..<9, using: &generator)))
            entry.last = entry.first.map { $0 + 3 }
            let count = Int.random(in: 0..<3, using: &generator)
            entry.headline = CatalogEntry.Headline(
                metric: number % 5 == 0 ? "heap_bytes" : "latency_ms", count: count,
                errors: min(count, 1), successes: count,
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
        case .not(let term): return !holds(term, entry)
        case .text(let text):
            return texts.map(folded).joined(separator: "\n").contains(folded(text))
        case .tag(let tag): return entry.tags.map(folded).contains(folded(tag))
        case .target(let part):
            return entry.targets.map(folded).joined(separator: "\n").contains(folded(part))
        case .user(let user): return folded(user) == folded(entry.user.value)
        case .owner(let user): return entry.user == user
        case .commit(let commit):
            let typed = folded(commit)
            return entry.commits.map(folded).contains {
                $0.prefix(typed.count) == typed[...]
                    || $0.count > 6 && typed.prefix($0.count) == $0[...]
            }
        case .test(let test): return entry.tests.map(folded).contains(folded(test))
        case .name(let name): return entry.name.map(folded) == folded(name)
        case .shift: return false
        case .isArchived: return entry.isArchived
        case .isRunning: return entry.isRunning
        case .isFailed: return entry.failure != nil
        case .isDamaged:
            return entry.badRegionCount + entry.badLineCount + entry.missingFrames > 0
        case .number: return entry.headline.map { $0.errors >= 1 } ?? false
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
                .commit("9f3C"), .commit("9f3c2a1bb0"), .commit("770"), .test("pool"),
                .name("POOL"), .shift(.worse),
                .isArchived, .isRunning, .isFailed, .isDamaged, .since(5), .until(4),
                CatalogFilter.Term("errors>=1"), .not(.text("pool")), .not(.isArchived),
                .not(.since(5)), .not(.shift(.worse)),
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
                let turned = CatalogFilter(terms: chosen, order: order, isReversed: true)
                    .select(entries)
                #expect(Set(turned) == Set(selected))
                if order == .newest || order == .oldest {
                    let other = order == .newest ? CatalogFilter.Order.oldest : .newest
                    #expect(turned == CatalogFilter(terms: chosen, order: other).select(entries))
                }
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
            case .rate: entry.headline?.requestsPerSecond.map { -$0 } ?? .infinity
            case .samples: entry.headline.map { -Double($0.count) } ?? .infinity
            case .p50: entry.headline?.p50.map { -$0 } ?? .infinity
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
            ("commit:9F3C", .commit("9f3c")), ("test:Checkout", .test("checkout")),
            ("name:A b", .name("a b")), ("worse", .shift(.worse)), ("is:Worse", .shift(.worse)),
            ("better", .shift(.better)), ("worsen", .text("worsen")), ("commit:", .text("commit:")),
            ("is:archived", .isArchived), ("target:HTTP://x:1/", .target("http://x:1/")),
            ("since:2025-11-25", .since(day)), ("until:2025-11-25T00:00:01Z", .until(day + 1_000)),
            ("since:2025-11-25T01:00:00+01:00", .since(day)),
            ("since:yesterday", .text("since:yesterday")),
            ("tag:", .text("tag:")), ("is:else", .text("is:else")), ("Plain", .text("plain")),
            ("-tag:Pool", .not(.tag("pool"))), ("!is:failed", .not(.isFailed)),
            ("-worse", .not(.shift(.worse))), ("-", .text("-")), ("--x", .not(.text("-x"))),
            ("a-b", .text("a-b")),
        ]
        for (word, term) in table { #expect(CatalogFilter.Term(word) == term, "\(word)") }
    }

    private static func row(
        p99: Double?, unit: String? = "ms", errors: Int = 0, metric: String = "m"
    ) throws -> CatalogEntry {
        var entry = CatalogEntry(
            user: try UserID("u"), session: try SessionID("s"), tags: [], isArchived: false,
            isRunning: false, targets: [], runCount: 2, eventCount: 40, badRegionCount: 0,
            badLineCount: 0, missingFrames: 0)
        entry.headline = CatalogEntry.Headline(
            metric: metric, unit: unit, count: 200, errors: errors, successes: 200 - errors,
            perSecond: 50, p50: 2, p99: p99, p99OverTime: [])
        return entry
    }

    @Test("numbers of a row, in the unit of the condition")
    func numbers() throws {
        let row = try Self.row(p99: 20, errors: 3)
        let table: [(String, Bool)] = [
            ("p99>20ms", false), ("p99>=20ms", true), ("p99>19999us", true), ("p99<0.021s", true),
            ("p99>19", true), ("p99<=20", true), ("p50<3ms", true), ("errors>0", true),
            ("errors>3", false), ("errors>1%", true), ("errors>2%", false), ("rate>=50/s", true),
            ("n>199", true), ("runs<2", false), ("events>39", true), ("p99>1MB", false),
            ("P99>=20MS", true), ("p99>-1", true), ("p99<-1", false), ("errors=3", true),
            ("errors=2", false), ("errors=1.5%", true), ("runs=2", true), ("n=200", true),
        ]
        for (word, holds) in table {
            let term = CatalogFilter.Term(word)
            guard case .number = term else {
                Issue.record("\(word) is no condition")
                continue
            }
            #expect(term.matches(row) == holds, "\(word)")
        }
        #expect(!CatalogFilter.Term("p99>1").matches(try Self.row(p99: nil)))
        let named = try Self.row(p99: 20, unit: nil, metric: "x_us")
        #expect(CatalogFilter.Term("p99<1ms").matches(named))
        for word in ["p99>", "p99>fast", "p98>1", ">1", "errors>1ms", "runs>1%", "p99=3"] {
            #expect(CatalogFilter.Term(word) == .text(word), "\(word)")
        }
    }

    @Test("a unit is found as it is typed, whatever its case")
    func units() throws {
        let table: [(unit: String, value: Double, word: String, holds: Bool)] = [
            ("B", 3e6, "p99>2MB", true), ("B", 3e6, "p99>2mb", true), ("B", 3e6, "p99>4MB", false),
            ("MiB", 3, "p99>=3145728b", true), ("MB/s", 30, "p99>29MB/s", true),
            ("MB/s", 30, "p99>31mb/S", false), ("Mbps", 30, "p99>29999kbps", true),
            ("°C", -4, "p99<-3°c", true), ("°C", 70, "p99>60°C", true), ("%", 50, "p99>49%", true),
            ("ratio", 0.5, "p99>49%", true), ("Widgets", 5, "p99>4widgets", true),
            ("Widgets", 5, "p99>4ms", false), ("us", 20, "p99>19µs", true),
            ("µs", 20, "p99>19μs", true),
        ]
        for (unit, value, word, holds) in table {
            let row = try Self.row(p99: value, unit: unit)
            #expect(CatalogFilter.Term(word).matches(row) == holds, "\(word) of \(value) \(unit)")
        }
    }

    @Test("words of a whole filter: quotes, doubled quotes, and a sign that is none")
    func quotes() {
        let table: [(String, [CatalogFilter.Term])] = [
            ("tag:\"postgres 16\" pool", [.tag("postgres 16"), .text("pool")]),
            ("name:\"say \"\"hi\"\"\"", [.name("say \"hi\"")]),
            ("\"a \"\"b\" c", [.text("a \"b"), .text("c")]),
            ("-tag:\"postgres 16\"", [.not(.tag("postgres 16"))]),
            ("\"-5 degrees\" -x", [.text("-5 degrees"), .not(.text("x"))]),
            ("\"p99>20ms\"", [CatalogFilter.Term("p99>20ms")]),
            ("a  \t b", [.text("a"), .text("b")]), ("\"\" a", [.text("a")]),
        ]
        for (text, terms) in table {
            let read = CatalogQuery(text, now: nil)
            #expect(read.terms == terms, "\(text)")
            #expect(read.doubts.isEmpty, "\(text)")
        }
        let open = CatalogQuery("tag:\"a b", now: nil)
        #expect(open.terms == [.tag("a b")] && open.doubts.count == 1)
    }

    @Test("days as a person names them, in UTC")
    func days() {
        // A Thursday, 2026-11-26T15:00:00Z.
        let now: Timestamp = 1_795_705_200_000
        let midnight: Timestamp = 1_795_651_200_000
        let table: [(String, Timestamp)] = [
            ("today", midnight), ("yesterday", midnight - 86_400_000), ("thursday", midnight),
            ("monday", midnight - 3 * 86_400_000), ("friday", midnight - 6 * 86_400_000),
            ("7d", now - 7 * 86_400_000), ("2h", now - 7_200_000), ("1w", now - 604_800_000),
            ("2026-11-26", midnight),
        ]
        for (word, time) in table {
            #expect(CatalogFilter.Term("since:" + word, now: now) == .since(time), "\(word)")
            #expect(CatalogFilter.Term("until:" + word, now: now) == .until(time), "\(word)")
        }
        for word in ["0d", "-1d", "99999d", "d", "soon"] {
            #expect(CatalogFilter.Term("since:" + word, now: now) == .text("since:" + word))
        }
    }

    @Test("a slip is named with what was meant, and plain text is not doubted")
    func doubts() {
        let table: [(String, String?)] = [
            ("tga:pool", "did you mean tag:pool?"), ("usr:ann", "did you mean user:ann?"),
            ("is:faild", "did you mean is:failed?"), ("ist:failed", "did you mean is:failed?"),
            ("is:purple", "is: takes archived, better, damaged, failed, running, worse"),
            ("comit:9f", "did you mean commit:9f?"), ("is:wose", "did you mean is:worse?"),
            ("error>0", "did you mean errors>0?"),
            ("naem:x", "did you mean name:x?"), ("commit:", "there is nothing behind commit:"),
            ("since:soon", "give a day like"), ("tag:", "there is nothing behind tag:"),
            ("p98>3", "the numbers are p50, p99"), ("p99>fast", "give a number"),
            ("pool", nil), ("tag:pool", nil), ("http://x/", nil), ("localhost:8080", nil),
            ("p99>20ms", nil), ("since:monday", nil), ("is:failed", nil),
            ("-tga:pool", "did you mean tag:pool?"), ("p99=3", "give a number without spaces"),
            (">", "give a number without spaces"), ("p99>20msec", "no unit is called msec"),
            ("p99>3widgets", "no unit is called widgets"), ("p99>3°C", nil), ("p99>3mb/s", nil),
            ("?a=b", nil), ("-is:failed", nil),
        ]
        for (word, words) in table {
            let doubt = CatalogWords.doubt(word, now: 1_795_705_200_000)
            if let words {
                #expect(doubt?.contains(words) == true, "\(word): \(doubt ?? "none")")
            } else {
                #expect(doubt == nil, "\(word): \(doubt ?? "")")
            }
        }
    }
}
