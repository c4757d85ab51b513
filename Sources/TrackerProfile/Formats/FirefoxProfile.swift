import TrackerLog

/// The JSON of the Firefox profiler, which samply and others write as well: tables of columns.
enum FirefoxProfile: ProfileFormat {
    static let name = "Firefox profiler JSON"
    static let advice = "Was the program idle while it was recorded?"

    static func recognises(_ bytes: [UInt8]) -> Bool {
        guard JSONProfile.isObject(bytes) else { return false }
        // The threads come late in a long text, the keys of `meta` first.
        return JSONProfile.contains("\"meta\"", bytes)
            && ["\"interval\"", "\"threads\"", "\"stackwalk\""].contains {
                JSONProfile.contains($0, bytes)
            }
    }

    static func read(_ bytes: [UInt8]) throws(ProfileError) -> ReadProfile {
        let document = try JSONProfile.parse(bytes, name)
        guard document["threads"]?.arrayValue != nil else {
            throw .damaged(format: name, reason: "threads is missing")
        }
        var builder = CallTreeBuilder()
        // Firefox itself writes its other processes as profiles in the one of the first.
        var processes = [document]
        while let process = processes.popLast() {
            for (index, thread) in (process["threads"]?.arrayValue ?? []).enumerated() {
                let tables = FirefoxTables(thread: thread, shared: process["shared"])
                try add(tables, index, &builder)
            }
            processes += process["processes"]?.arrayValue ?? []
        }
        return ReadProfile(tree: builder.tree(unit: .samples), notes: [])
    }

    private static func add(
        _ tables: FirefoxTables, _ index: Int, _ builder: inout CallTreeBuilder
    ) throws(ProfileError) {
        let stacks = tables.column("samples", "stack")
        guard !stacks.isEmpty else { return }
        let weights = tables.column("samples", "weight")
        let prefixes = tables.column("stackTable", "prefix")
        let functions = tables.functionsOfStacks(&builder)
        guard prefixes.count == functions.count else {
            throw .damaged(
                format: name,
                reason: "threads[\(index)].stackTable has \(prefixes.count) prefixes and"
                    + " \(functions.count) frames")
        }
        // A prefix stands before what it is the prefix of, so one pass gives all nodes.
        var nodes: [Int] = []
        for (at, prefix) in prefixes.enumerated() {
            let parent = prefix.intValue
            guard parent.map({ (0..<at).contains($0) }) ?? true else {
                throw .damaged(
                    format: name,
                    reason: "threads[\(index)].stackTable.prefix[\(at)] is no earlier stack")
            }
            nodes.append(
                try builder.node(
                    functions[at], below: parent.map { nodes[$0] } ?? CallTreeBuilder.root))
        }
        for (at, stack) in stacks.enumerated() {
            guard let stack = stack.intValue else { continue }
            guard nodes.indices.contains(stack) else {
                throw .damaged(
                    format: name,
                    reason: "threads[\(index)].samples.stack[\(at)] is in no stackTable")
            }
            let weight = weights.indices.contains(at) ? weights[at].doubleValue : nil
            builder.add(weight ?? 1, at: nodes[stack])
        }
    }
}

/// The tables of a thread; newer versions share some of them among all threads. Each is an object
/// of columns, or rows with a `schema` that says which place a column has.
private struct FirefoxTables {
    let thread: JSONValue
    let shared: JSONValue?

    private func table(_ name: String) -> JSONValue? { thread[name] ?? shared?[name] }

    func column(_ table: String, _ name: String) -> [JSONValue] {
        guard let table = self.table(table) else { return [] }
        if let column = table[name]?.arrayValue { return column }
        guard let place = table["schema"]?[name]?.intValue, place >= 0,
            let rows = table["data"]?.arrayValue
        else { return [] }
        return rows.map { row in
            let cells = row.arrayValue ?? []
            return cells.indices.contains(place) ? cells[place] : .null
        }
    }

    /// The function of each entry of `stackTable`.
    func functionsOfStacks(_ builder: inout CallTreeBuilder) -> [Int] {
        let texts = (table("stringArray") ?? table("stringTable"))?.arrayValue ?? []
        let frames = functionsOfFrames(texts, &builder)
        let unnamed = builder.function("(unnamed)")
        return column("stackTable", "frame").map { frame in
            guard let frame = frame.intValue, frames.indices.contains(frame) else {
                return unnamed
            }
            return frames[frame]
        }
    }

    private func functionsOfFrames(
        _ texts: [JSONValue], _ builder: inout CallTreeBuilder
    ) -> [Int] {
        func function(_ text: JSONValue?) -> Int {
            let text = text?.intValue.flatMap { texts.indices.contains($0) ? texts[$0] : nil }
            return builder.function(text?.stringValue ?? "(unnamed)")
        }
        let functions = column("frameTable", "func")
        guard !functions.isEmpty else {
            // As Firefox itself writes it: a frame names its place in the source.
            return column("frameTable", "location").map(function)
        }
        let names = column("funcTable", "name")
        return functions.map { at in
            function(at.intValue.flatMap { names.indices.contains($0) ? names[$0] : nil })
        }
    }
}
