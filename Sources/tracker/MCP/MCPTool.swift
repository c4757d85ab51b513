import TrackerLog

/// The tools that an agent may call, with what each takes.
enum MCPTool: String, CaseIterable {
    case sessions = "list_sessions"
    case show = "show_session"
    case compare = "compare"
    case trend = "trend"
    case gate = "gate"
    case note = "log_note"
    case load = "run_load"

    /// An argument.
    struct Field {
        enum Kind: String {
            case text = "string"
            case number
            case texts = "array"
        }

        let name: String
        let kind: Kind
        let isRequired: Bool
        let help: String

        init(
            _ name: String, _ kind: Kind = .text, required: Bool = false, help: String
        ) {
            self.name = name
            self.kind = kind
            isRequired = required
            self.help = help
        }
    }

    var help: String {
        switch self {
        case .sessions:
            "List recorded sessions, newest first, with their main number and n."
        case .show: "Show the metrics of one session with n, percentiles, errors and notes."
        case .compare:
            "Compare two sessions, runs or commits: verdict with interval and n, where the change"
                + " is, what else differs, and what to do next."
        case .trend: "Show the level of a target's numbers now, and where they changed."
        case .gate:
            "Judge the newest runs of a target against its baseline, the ones before, or a commit:"
                + " pass, worse or inconclusive."
        case .note: "Write a note on a session or a run. It can be taken back."
        case .load:
            "Load-test a URL of this machine (loopback only) at a steady rate, and record every"
                + " request. At most \(Int(MCPLimits.maxLoadSeconds)) s and"
                + " \(Int(MCPLimits.maxRate)) requests a second."
        }
    }

    private static let group =
        "USER/SESSION, USER/SESSION#RUN, baseline or commit:HASH; several with commas"
    private static let metric = Field("metric", help: "the metric; without it the main one")

    var fields: [Field] {
        switch self {
        case .sessions:
            [
                Field(
                    "query",
                    help: "words and conditions such as: checkout user:ann tag:pool target:8080"
                        + " since:monday is:failed p99>20ms"),
                Field("limit", .number, help: "at most so many, 1 to \(MCPLimits.maxSessions)"),
            ]
        case .show: [Field("session", required: true, help: "USER/SESSION")]
        case .compare:
            [
                Field("a", required: true, help: "before: \(Self.group)"),
                Field("b", required: true, help: "after: the same"), Self.metric,
                Field("target", help: "the target of baseline and commit:"),
                Field("min_effect", help: "the smallest difference that matters, as 2%"),
            ]
        case .trend: [Field("target", required: true, help: "the target"), Self.metric]
        case .gate:
            [
                Field("target", required: true, help: "the target"),
                Field("against", required: true, help: "baseline, last, or a commit"),
                Field("max", .texts, help: "limits such as p95:+5% or errors:+0.1pp or p99<200ms"),
                Field("min", .texts, help: "lower limits such as rps>100"), Self.metric,
            ]
        case .note:
            [
                Field("session", required: true, help: "USER/SESSION or USER/SESSION#RUN"),
                Field("text", required: true, help: "the note"),
            ]
        case .load:
            [
                Field("url", required: true, help: "http://localhost:PORT/PATH"),
                Field(
                    "rate", .number,
                    help: "requests a second, usually \(Int(MCPLimits.usualRate))"),
                Field(
                    "duration_s", .number,
                    help: "usually \(Int(MCPLimits.usualLoadSeconds))"),
                Field("name", help: "of the new session"),
            ]
        }
    }

    /// Whether it changes nothing.
    private var isReadOnly: Bool { self != .note && self != .load }

    /// As `tools/list` gives it.
    var json: JSONValue {
        let properties = fields.map { field in
            var members: [JSONValue.Member] = [.init("type", .string(field.kind.rawValue))]
            if field.kind == .texts {
                members.append(.init("items", .object([.init("type", "string")])))
            }
            members.append(.init("description", .string(field.help)))
            return JSONValue.Member(field.name, .object(members))
        }
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        return .object([
            .init("name", .string(rawValue)), .init("description", .string(help)),
            .init(
                "inputSchema",
                .object([
                    .init("type", "object"), .init("properties", .object(properties)),
                    .init("required", .array(required)), .init("additionalProperties", false),
                ])),
            .init(
                "annotations",
                .object([
                    .init("readOnlyHint", .bool(isReadOnly)), .init("destructiveHint", false),
                    .init("openWorldHint", false),
                ])),
        ])
    }
}

/// The arguments of a call, as the tool declares them.
struct MCPArguments {
    private let texts: [String: String]
    private let numbers: [String: Double]
    private let lists: [String: [String]]

    /// - Throws: what is wrong, in words for the agent.
    init(_ arguments: JSONValue, of tool: MCPTool) throws(MCPRefusal) {
        var texts: [String: String] = [:]
        var numbers: [String: Double] = [:]
        var lists: [String: [String]] = [:]
        for member in arguments.objectValue ?? [] {
            guard let field = tool.fields.first(where: { $0.name.isExactly(member.key) }) else {
                let names = tool.fields.map(\.name).joined(separator: ", ")
                throw MCPRefusal(
                    "there is no argument \(MCPError.quoted(member.key)):"
                        + " \(tool.rawValue) takes \(names)")
            }
            switch (field.kind, member.value) {
            case (_, .null): continue
            case (.text, .string(let text)): texts[field.name] = try Self.checked(text, field)
            case (.number, .number):
                guard let number = member.value.doubleValue, number.isFinite else {
                    throw MCPRefusal("\(field.name) must be a number")
                }
                numbers[field.name] = number
            case (.texts, .array(let values)) where values.count <= MCPLimits.maxArguments:
                lists[field.name] = []
                for value in values {
                    guard let text = value.stringValue else {
                        throw MCPRefusal("\(field.name) must be a list of texts")
                    }
                    lists[field.name]?.append(try Self.checked(text, field))
                }
            default:
                throw MCPRefusal(
                    field.kind == .texts
                        ? "\(field.name) must be a list of at most \(MCPLimits.maxArguments) texts"
                        : "\(field.name) must be a \(field.kind == .text ? "text" : "number")")
            }
        }
        for field in tool.fields where field.isRequired && texts[field.name] == nil {
            throw MCPRefusal("\(field.name) is missing: \(field.help)")
        }
        (self.texts, self.numbers, self.lists) = (texts, numbers, lists)
    }

    private static func checked(
        _ text: String, _ field: MCPTool.Field
    ) throws(MCPRefusal) -> String {
        guard text.utf8.count <= MCPLimits.maxArgumentBytes else {
            throw MCPRefusal(
                "\(field.name) has \(text.utf8.count) bytes, and \(MCPLimits.maxArgumentBytes) are"
                    + " the most")
        }
        guard !text.isEmpty || !field.isRequired else {
            throw MCPRefusal("\(field.name) is empty: \(field.help)")
        }
        return text
    }

    /// `nil` where it is not given, or empty.
    func text(_ name: String) -> String? { texts[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// One that the tool requires.
    func required(_ name: String) -> String { texts[name] ?? "" }

    /// - Throws: if it is not within the range.
    func number(
        _ name: String, _ range: ClosedRange<Double>, usually: Double
    ) throws(MCPRefusal) -> Double {
        guard let number = numbers[name] else { return usually }
        guard range.contains(number) else {
            let ends = [range.lowerBound, range.upperBound].map {
                NumberFormat.plain.fixed($0, digits: 3, trimsZeros: true)
            }
            throw MCPRefusal("\(name) must be from \(ends[0]) to \(ends[1])")
        }
        return number
    }

    func list(_ name: String) -> [String] { lists[name] ?? [] }
}

/// Why a tool does not do what it was asked, in words for the agent.
struct MCPRefusal: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
