import TrackerLog
import TrackerPages

/// `GET /api/openapi.json`: the interface for programs in OpenAPI 3.1, made of the route table and
/// of `docs/schema.json`.
struct APIDocument: Sendable {
    static let path = "/api/openapi.json"

    let json: JSONValue

    /// - Parameter routes: those with an operation are described.
    init(_ routes: [Route], version: String) {
        var schemas = APISchemas()
        var paths: [JSONValue.Member] = []
        for route in routes {
            guard let operation = route.operation, route.isDescribed else { continue }
            let member = JSONValue.Member(
                route.kind == .read ? "get" : "post",
                Self.operation(operation, of: route, &schemas))
            paths.append(.init(route.pattern, .object([member])))
        }
        let about =
            "The notebook of one machine. Each value is as a command prints it with --json, except"
            + " that answers also have paths and say how current they are. The paths without v1"
            + " stay. Where the server has a key, what is sent needs it as x-api-key."
        json = .object([
            .init("openapi", .string("3.1.0")),
            .init(
                "info",
                .object([
                    .init("title", .string("Local Tracker")), .init("version", .string(version)),
                    .init("description", .string(about)),
                ])),
            .init("paths", .object(paths)),
            .init("components", .object([.init("schemas", schemas.used)])),
        ])
    }

    private static func operation(
        _ operation: APIOperation, of route: Route, _ schemas: inout APISchemas
    ) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("operationId", .string(identifier(of: route))),
            .init("summary", .string(operation.summary)),
        ]
        let parameters = path(of: route) + operation.query.map { query($0) }
        if !parameters.isEmpty { members.append(.init("parameters", .array(parameters))) }
        if let body = operation.body {
            let schema = schemas.reference(body.schema)
            let content = body.types.map {
                JSONValue.Member($0, .object([.init("schema", schema)]))
            }
            members.append(
                .init(
                    "requestBody",
                    .object([.init("required", .bool(true)), .init("content", .object(content))])))
        }
        members.append(.init("responses", responses(operation, &schemas)))
        return .object(members)
    }

    private static func responses(
        _ operation: APIOperation, _ schemas: inout APISchemas
    ) -> JSONValue {
        func response(_ about: String, _ type: String?, _ schema: JSONValue) -> JSONValue {
            let content = type.map {
                [
                    JSONValue.Member(
                        "content",
                        .object([.init($0, .object([.init("schema", schema)]))]))
                ]
            }
            return .object([.init("description", .string(about))] + (content ?? []))
        }
        var members: [JSONValue.Member] = [
            .init(
                "200",
                response("As asked.", operation.answerType, schemas.reference(operation.answer)))
        ]
        if operation.isTagged {
            members.append(.init("304", response("Not changed since that tag.", nil, .null)))
        }
        members.append(
            .init(
                "default",
                response(
                    "Why it was refused.", "application/json",
                    schemas.reference(.named("http_error")))))
        return .object(members)
    }

    private static func path(of route: Route) -> [JSONValue] {
        route.parameterNames.map { name in
            .object([
                .init("name", .string(name)), .init("in", .string("path")),
                .init("required", .bool(true)),
                .init("schema", text(isRequired: true)),
            ])
        }
    }

    private static func query(_ parameter: APIOperation.Parameter) -> JSONValue {
        .object([
            .init("name", .string(parameter.name)), .init("in", .string("query")),
            .init("description", .string(parameter.about)),
            .init("required", .bool(parameter.isRequired)),
            .init("schema", text(isRequired: parameter.isRequired)),
        ])
    }

    /// What has to be given is not empty.
    private static func text(isRequired: Bool) -> JSONValue {
        let least = isRequired ? [JSONValue.Member("minLength", .integer(1))] : []
        return .object([.init("type", .string("string"))] + least)
    }

    /// `get_sessions_user_session`.
    private static func identifier(of route: Route) -> String {
        let words = route.pattern.split { !$0.isLetter && !$0.isNumber && $0 != "-" }
        let method = route.kind == .read ? "get" : "post"
        return ([method] + words.filter { $0 != "api" && $0 != "v1" }.map(String.init))
            .joined(separator: "_")
    }
}

extension Route {
    /// The routes, and the one that describes them.
    static func withDocument(_ routes: [Route], version: String) -> [Route] {
        let json = APIDocument(routes, version: version).json
        let route = Route(pattern: APIDocument.path, kind: .read, reach: .ownOnly) { _ in
            Reply.json(json)
        }
        return routes + route.versioned
    }
}

/// The definitions of `docs/schema.json`, and which of them are used.
private struct APISchemas {
    private static let definitions: [JSONValue.Member] = {
        let text = Assets.schema_json.text
        let bytes = text.withUTF8Buffer { unsafe Array($0) }
        // try? is right here: the file is part of the program, and a test reads it.
        let file = try? JSONValue(parsing: bytes)
        return file?["$defs"]?.objectValue ?? []
    }()

    private var names: [String] = []
    private static let inFile = "#/$defs/"
    private static let inDocument = "#/components/schemas/"

    mutating func reference(_ schema: APIOperation.Schema) -> JSONValue {
        switch schema {
        case .text: return .object([.init("type", .string("string"))])
        case .named(let name):
            use(name)
            return .object([.init("$ref", .string(Self.inDocument + name))])
        }
    }

    private mutating func use(_ name: String) {
        guard !names.contains(where: name.isExactly),
            let schema = Self.definitions.first(where: { $0.key.isExactly(name) })
        else { return }
        names.append(name)
        for other in Self.references(in: schema.value) { use(other) }
    }

    /// Of everything that was asked for, in the order of the file.
    var used: JSONValue {
        .object(
            Self.definitions.filter { member in names.contains(where: member.key.isExactly) }
                .map { .init($0.key, Self.moved($0.value)) })
    }

    private static func references(in value: JSONValue) -> [String] {
        switch value {
        case .object(let members):
            members.flatMap { member -> [String] in
                guard member.key.isExactly("$ref"), let target = member.value.stringValue else {
                    return references(in: member.value)
                }
                return [String(target.dropFirst(inFile.count))]
            }
        case .array(let elements): elements.flatMap { references(in: $0) }
        case .null, .bool, .number, .string: []
        }
    }

    private static func moved(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(
                members.map { member in
                    guard member.key.isExactly("$ref"), let target = member.value.stringValue
                    else { return .init(member.key, moved(member.value)) }
                    return .init("$ref", .string(inDocument + target.dropFirst(inFile.count)))
                })
        case .array(let elements): .array(elements.map { moved($0) })
        case .null, .bool, .number, .string: value
        }
    }
}
