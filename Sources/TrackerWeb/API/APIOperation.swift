import TrackerLog

/// What programs are told of a route: `/api/openapi.json` is made of these. A route without one is
/// no part of the interface for programs.
struct APIOperation: Sendable {
    struct Parameter: Sendable {
        var name: String
        var about: String
        var isRequired = false
    }

    struct Body: Sendable {
        var types: [String]
        var schema: Schema
    }

    enum Schema: Sendable {
        /// A definition of `docs/schema.json`, which the commands' `--json` is tested by as well.
        case named(String)
        case text
    }

    var summary: String
    var query: [Parameter] = []
    var body: Body?
    var answer: Schema
    var answerType = "application/json"
    /// Whether the answer has an entity tag: see `EntityTag`.
    var isTagged = false

    static let sort = Parameter(
        name: "sort",
        about: "The order: newest (as without it), oldest, name, user, target, runs, events, rate,"
            + " samples, p50, p99, errors; with - before it turned, as in -p99.")

    static func get(
        _ summary: String, _ query: [Parameter] = [], answer: String, isTagged: Bool = false
    ) -> APIOperation {
        APIOperation(summary: summary, query: query, answer: .named(answer), isTagged: isTagged)
    }
}
