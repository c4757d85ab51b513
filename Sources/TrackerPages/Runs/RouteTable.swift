import TrackerIndexer
import TrackerLog

/// The samples of a metric by route, and those of a route by status: which route fails, and how.
struct RouteTable: Sendable {
    /// One route over all its other labels.
    struct Row: Sendable {
        /// `nil` is what has no route.
        var route: String?
        var total: Aggregate
        /// In the order of their texts, that without one last.
        var statuses: [(status: String?, total: Aggregate)]
    }

    static let routeName = "route"
    static let statusName = "status"

    /// Those with the most errors first, then those with the most samples.
    let rows: [Row]
    /// Also those that are no row.
    let count: Int
    /// Whether it says more than the table by labels: routes have several sets, and statuses.
    let isShown: Bool
    /// Whether it says all that the table by labels does.
    let isWhole: Bool

    private typealias Statuses = [ExactText?: [Aggregate]]

    /// - Parameters:
    ///   - parts: samples of each set of labels.
    ///   - limit: rows; only these are merged.
    init(_ parts: [[Label]: [Aggregate]], limit: Int = .max) {
        var routes: [ExactText?: Statuses] = [:]
        var (hasStatus, hasOther) = (false, false)
        for (labels, aggregates) in parts {
            let route = Self.value(Self.routeName, of: labels)
            let status = Self.value(Self.statusName, of: labels)
            hasStatus = hasStatus || status != nil
            hasOther = hasOther || labels.count > (route == nil ? 0 : 1) + (status == nil ? 0 : 1)
            routes[route, default: [:]][status, default: []] += aggregates
        }
        guard routes.contains(where: { $0.key != nil }) else {
            (rows, count, isShown, isWhole) = ([], 0, false, false)
            return
        }
        count = routes.count
        isShown = hasStatus && parts.count > routes.count
        isWhole = !hasOther && routes.count <= limit
        rows = Self.ordered(routes).prefix(limit).compactMap { Self.row($0.route, $0.statuses) }
    }

    private static func value(_ name: String, of labels: [Label]) -> ExactText? {
        labels.first { $0.name.isExactly(name) }.map { ExactText($0.value) }
    }

    private static func ordered(
        _ routes: [ExactText?: Statuses]
    ) -> [(route: ExactText?, statuses: Statuses)] {
        let counted = routes.map { route, statuses in
            let all = statuses.values.joined()
            return (
                route: route, statuses: statuses,
                errors: all.reduce(0) { SaturatingCount.sum($0, $1.errors) },
                count: all.reduce(0) { SaturatingCount.sum($0, $1.count) }
            )
        }
        return counted.sorted { a, b in
            (b.errors, b.count, a.route?.text ?? "") < (a.errors, a.count, b.route?.text ?? "")
        }.map { ($0.route, $0.statuses) }
    }

    private static func row(_ route: ExactText?, _ statuses: Statuses) -> Row? {
        let merged = statuses.compactMap { status, all in
            Aggregate.merged(all).map { (status: status?.text, total: $0) }
        }.sorted { a, b in
            guard let first = a.status else { return false }
            return b.status.map { first < $0 } ?? true
        }
        return Aggregate.merged(merged.map(\.total)).map {
            Row(route: route?.text, total: $0, statuses: merged)
        }
    }
}
