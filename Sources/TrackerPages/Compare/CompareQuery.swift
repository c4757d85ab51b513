package import TrackerIndexer
import TrackerLog

/// The two groups of a comparison and its metric, from the URL's query.
///
/// The names are those of `tracker compare`: `USER/SESSION`, `USER/SESSION#RUN`, `baseline`,
/// `commit:HASH`, several separated by commas.
package struct CompareQuery: Sendable, Hashable {
    package var a: String?
    /// Each is compared with A; the page shows one of them at a time.
    package var b: [String]
    /// `nil` takes the headline.
    package var metric: String?
    /// The target of `baseline` and `commit:`; `nil` takes that of the other group.
    package var target: String?
    /// As the server was started with, for commands to copy.
    package var dataFolder: String?
    /// Rows that were ticked in the list, newest first.
    package var picked: [String]

    package init(
        a: String? = nil, b: [String] = [], metric: String? = nil, target: String? = nil,
        picked: [String] = []
    ) {
        self.a = a
        self.b = b
        self.metric = metric
        self.target = target
        self.picked = picked
    }

    /// - Parameter queryItems: decoded names and values; unknown names are ignored.
    package init(queryItems: [(String, String)]) {
        self.init()
        for (name, value) in queryItems where !value.isEmpty {
            switch name {
            case "a": a = value
            case "b" where b.count < ViewLimits.comparedGroups: b.append(value)
            case "metric": metric = value
            case "target": target = value
            case "s" where picked.count <= ViewLimits.comparedGroups: picked.append(value)
            default: continue
            }
        }
    }

    /// The ticked rows by their start: a list that is sorted otherwise has them in another order.
    /// - Parameter newestFirst: all sessions.
    package func picked(from newestFirst: [CatalogEntry]) -> CompareQuery {
        guard picked.count > 1 else { return self }
        var places: [ExactText: Int] = [:]
        for (place, entry) in newestFirst.enumerated() {
            places[ExactText("\(entry.user)/\(entry.session)")] = place
        }
        var query = self
        query.picked = picked.enumerated().sorted { a, b in
            let (first, second) = (places[ExactText(a.element)], places[ExactText(b.element)])
            return (first ?? .max, a.offset) < (second ?? .max, b.offset)
        }.map(\.element)
        return query
    }

    /// With A and B, where rows were ticked instead: the oldest is A.
    package var resolved: CompareQuery {
        guard a == nil, b.isEmpty, let oldest = picked.last, picked.count > 1 else { return self }
        var query = self
        query.picked = []
        (query.a, query.b) = (oldest, picked.dropLast().reversed())
        return query
    }

    /// With another of the groups as B: it goes first.
    package func with(b name: String) -> CompareQuery {
        var query = self
        query.b = [name] + b.filter { !$0.isExactly(name) }
        return query
    }

    var items: [(String, String)] {
        var items: [(String, String)] = []
        if let a { items.append(("a", a)) }
        for name in b { items.append(("b", name)) }
        if let metric { items.append(("metric", metric)) }
        if let target { items.append(("target", target)) }
        return items
    }

    /// The path of the page that shows it.
    package var path: String { comparePath + queryText(items) }
    /// The same as JSON.
    package var jsonPath: String { compareJSONPath + queryText(items) }

    /// The command that prints the same numbers.
    package var command: String { command([]) }

    /// - Parameter options: behind the others.
    func command(_ options: [String]) -> String {
        var words = ["compare"]
        if let a { words.append(a) }
        words += b.prefix(1)
        if let metric { words += ["--metric", metric] }
        if let target { words += ["--target", target] }
        return copiedCommand(words + options, data: dataFolder)
    }
}

/// The page of comparisons, and the same for programs.
package let comparePath = "/compare"
package let compareJSONPath = "/api/v1/compare"
