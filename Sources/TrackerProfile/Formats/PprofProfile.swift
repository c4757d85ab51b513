import TrackerImport

/// pprof's `profile.proto`, as Go, gperftools and many others write it.
enum PprofProfile: ProfileFormat {
    static let name = "pprof"
    static let advice = "Was the program idle while it was recorded?"

    static func recognises(_ bytes: [UInt8]) -> Bool {
        // Field 1, `sample_type`, is a message; the text of another format has no such byte first.
        guard bytes.first == 0x0A || bytes.first == 0x12 else { return false }
        var fields = WireScanner(bytes, 0..<bytes.count)
        var count = 0
        while case .field(let field) = fields.next() {
            guard (1...16).contains(field.number) else { return false }
            count += 1
        }
        return count > 2 && fields.isAtEnd
    }

    static func read(_ bytes: [UInt8]) throws(ProfileError) -> ReadProfile {
        var reader = PprofReader(bytes: bytes)
        return try reader.read()
    }
}

private struct PprofReader {
    let bytes: [UInt8]
    private var texts: [Range<Int>] = []
    /// Places of names, by a function's id; each text once.
    private var functionNames: [UInt64: Int] = [:]
    /// Functions of a location, the innermost first: calls may be inlined.
    private var locations: [UInt64: [UInt64]] = [:]
    private var types: [(type: Int, unit: Int)] = []
    private var samples: [Range<Int>] = []
    private var defaultType: Int?

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func read() throws(ProfileError) -> ReadProfile {
        try Self.eachField(bytes, 0..<bytes.count) { number, value throws(ProfileError) in
            switch (number, value) {
            case (1, .range(let range)):
                let (type, unit) = try self.pair(range)
                self.types.append((Int(clamping: type), Int(clamping: unit)))
            case (2, .range(let range)): self.samples.append(range)
            case (4, .range(let range)): try self.location(range)
            case (5, .range(let range)):
                let (id, name) = try self.pair(range)
                self.functionNames[id] = Int(clamping: name)
            case (6, .range(let range)): self.texts.append(range)
            case (14, .varint(let type)): self.defaultType = Int(clamping: type)
            default: break
            }
        }
        return try tree()
    }

    private mutating func tree() throws(ProfileError) -> ReadProfile {
        guard !types.isEmpty else {
            throw .damaged(format: PprofProfile.name, reason: "it does not say what it sampled")
        }
        let chosen = types.firstIndex { $0.type == defaultType && $0.type != 0 } ?? types.count - 1
        var builder = CallTreeBuilder()
        var ids: [UInt64: Int] = [:]
        for range in samples {
            let (stack, values) = try sample(range)
            guard values.count == types.count else {
                throw .damaged(
                    format: PprofProfile.name,
                    reason: "a sample has \(values.count) values, and \(types.count) are described")
            }
            var node = CallTreeBuilder.root
            for location in stack.reversed() {
                for function in (locations[location] ?? [location]).reversed() {
                    let id: Int
                    if let known = ids[function] {
                        id = known
                    } else {
                        id = builder.function(name(of: function, at: location))
                        ids[function] = id
                    }
                    node = try builder.node(id, below: node)
                }
            }
            builder.add(Double(Int64(bitPattern: values[chosen])), at: node)
        }
        let others = types.indices.filter { $0 != chosen }.map { text(types[$0].type) }
        let notes =
            others.isEmpty
            ? []
            : [
                "of \(types.count) kinds of values \(text(types[chosen].type)) is shown; not shown:"
                    + " \(others.joined(separator: ", "))"
            ]
        return ReadProfile(tree: builder.tree(unit: unit(types[chosen].unit)), notes: notes)
    }

    private func unit(_ index: Int) -> CallTree.Unit {
        switch text(index) {
        case "count": .samples
        case "nanoseconds": .nanoseconds
        case "bytes": .bytes
        case let other: .other(other)
        }
    }

    private func name(of function: UInt64, at location: UInt64) -> String {
        let name = functionNames[function].map(text) ?? ""
        return name.isEmpty ? "location \(location)" : name
    }

    private func text(_ index: Int) -> String {
        guard texts.indices.contains(index) else { return "" }
        return String(decoding: bytes[texts[index]], as: UTF8.self)
    }

    private mutating func location(_ range: Range<Int>) throws(ProfileError) {
        var id: UInt64 = 0
        var functions: [UInt64] = []
        try Self.eachField(bytes, range) { number, value throws(ProfileError) in
            switch (number, value) {
            case (1, .varint(let value)): id = value
            case (4, .range(let line)): functions.append(try self.pair(line).0)
            default: break
            }
        }
        if !functions.isEmpty { locations[id] = functions }
    }

    /// The numbers of a sample: its stack, the innermost location first, and its values.
    private func sample(_ range: Range<Int>) throws(ProfileError) -> ([UInt64], [UInt64]) {
        var (stack, values): ([UInt64], [UInt64]) = ([], [])
        try Self.eachField(bytes, range) { number, value throws(ProfileError) in
            switch (number, value) {
            case (1, .varint(let one)): stack.append(one)
            case (2, .varint(let one)): values.append(one)
            case (1, .range(let many)): stack += try self.numbers(many)
            case (2, .range(let many)): values += try self.numbers(many)
            default: break
            }
        }
        return (stack, values)
    }

    /// The fields 1 and 2 of a message, where they are numbers.
    private func pair(_ range: Range<Int>) throws(ProfileError) -> (UInt64, UInt64) {
        var (first, second): (UInt64, UInt64) = (0, 0)
        try Self.eachField(bytes, range) { number, value throws(ProfileError) in
            guard case .varint(let value) = value else { return }
            if number == 1 { first = value }
            if number == 2 { second = value }
        }
        return (first, second)
    }

    private func numbers(_ range: Range<Int>) throws(ProfileError) -> [UInt64] {
        var scanner = WireScanner(bytes, range)
        var numbers: [UInt64] = []
        while !scanner.isAtEnd {
            guard let number = scanner.varint() else { throw Self.cut(scanner.at) }
            numbers.append(number)
        }
        return numbers
    }

    /// Static, as `body` changes the reader.
    private static func eachField(
        _ bytes: [UInt8], _ range: Range<Int>,
        _ body: (Int, WireScanner.Value) throws(ProfileError) -> Void
    ) throws(ProfileError) {
        var scanner = WireScanner(bytes, range)
        while true {
            switch scanner.next() {
            case .field(let field): try body(field.number, field.value)
            case .end: return
            case .damaged: throw cut(scanner.at)
            }
        }
    }

    private static func cut(_ offset: Int) -> ProfileError {
        .damaged(format: PprofProfile.name, reason: "a field is damaged at offset \(offset)")
    }
}
