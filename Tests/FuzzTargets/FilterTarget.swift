import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// The words of a filter of the list: each word is a condition, which any row can be asked for, and
/// a word that is doubted is one whose condition was not understood.
enum FilterTarget {
    private static let now: Timestamp = 1_763_899_200_000

    static func complaint(about input: [UInt8]) -> String? {
        let words = String(decoding: input, as: UTF8.self).split(separator: " ").map(String.init)
        guard let rows = entries() else { return "ids of letters are ids" }
        for word in words {
            let term = CatalogFilter.Term(word, now: now)
            guard term == CatalogFilter.Term(word, now: now) else {
                return "two conditions of \(word)"
            }
            let found = CatalogFilter(terms: [term]).select(rows)
            guard found.allSatisfy(rows.contains) else { return "\(word) makes rows" }
            if let doubt = CatalogWords.doubt(word, now: now), doubt.isEmpty {
                return "\(word) is doubted without a reason"
            }
        }
        let all = CatalogFilter(terms: words.map { CatalogFilter.Term($0, now: now) }).select(rows)
        return all.allSatisfy(rows.contains) ? nil : "together they make rows"
    }

    private static func entries() -> [CatalogEntry]? {
        guard let user = UserID(valid: "ann"), let session = SessionID(valid: "s") else {
            return nil
        }
        let empty = CatalogEntry(
            user: user, session: session, tags: [], isArchived: false, isRunning: false,
            targets: [], runCount: 0, eventCount: 0, badRegionCount: 0, badLineCount: 0,
            missingFrames: 0)
        var full = empty
        (full.name, full.tags, full.targets) = ("n", ["pool", "\u{fc}"], ["http://x:8080/"])
        (full.commits, full.tests) = (["9f3c2a1"], ["checkout"])
        (full.first, full.last) = (1_763_899_200_000, 1_763_899_201_000)
        full.headline = CatalogEntry.Headline(
            metric: "m", unit: "ms", count: 9, errors: 1, successes: 8, perSecond: 2.5, p50: 1,
            p99: nil, p99OverTime: [])
        return [empty, full]
    }

    static func seeds() -> [[UInt8]] {
        [
            "tag:pool target:8080 user:ann since:monday until:7d is:failed p99>20ms errors>1%",
            "commit:9f3c2a1 test:checkout name:n is:slower runs>3 n>=1e9 p50<=-1us since:2026-11-25",
            "tga:pool is: since: p99> \u{130} \u{17f} >1 =",
        ].map { Array($0.utf8) }
    }
}
