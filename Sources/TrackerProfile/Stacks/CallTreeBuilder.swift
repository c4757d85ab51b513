import Glibc
import TrackerLog

/// Makes a tree of stacks that come one by one.
struct CallTreeBuilder {
    /// Stands for the whole in pictures and tables.
    private static let rootName = "all"

    private var names = FunctionNames()
    private var nodes: [CallTree.Node]
    /// By parent and function.
    private var found = PlaceTable()
    private var stacks = 0
    private var weight = 0.0
    private var isCut = false

    init() {
        nodes = [CallTree.Node(function: names.id(of: Self.rootName), parent: nil, depth: 0)]
    }

    static let root = 0

    /// The place of a function's name, for `node`.
    mutating func function(_ name: UnsafeRawBufferPointer) -> Int { unsafe names.id(of: name) }
    mutating func function(_ name: String) -> Int { names.id(of: name) }

    /// The node of a function that the node `parent` called.
    mutating func node(_ function: Int, below parent: Int) throws(ProfileError) -> Int {
        let key = UInt64(parent) << 32 | UInt64(function)
        if let known = found.place(of: key) { return known }
        let depth = nodes[parent].depth + 1
        guard depth <= ProfileLimits.maxDepth else {
            isCut = true
            return parent
        }
        guard nodes.count < ProfileLimits.maxNodes else {
            throw .tooManyNodes(limit: ProfileLimits.maxNodes)
        }
        found.add(nodes.count, for: key)
        nodes.append(CallTree.Node(function: function, parent: parent, depth: depth))
        return nodes.count - 1
    }

    /// Counts a stack that ends in the node.
    /// - Parameter value: above 0, and the sum of all is finite; anything else is no sample.
    mutating func add(_ value: Double, at node: Int) {
        guard value > 0, (weight + value).isFinite else { return }
        nodes[node].own += value
        weight += value
        stacks += 1
    }

    /// Counts a stack that is given from the root on.
    mutating func add(_ value: Double, stack: some Sequence<Int>) throws(ProfileError) {
        var node = Self.root
        for function in stack { node = try self.node(function, below: node) }
        add(value, at: node)
    }

    func tree(unit: CallTree.Unit) -> CallTree {
        var nodes = nodes
        for index in nodes.indices.reversed() {
            nodes[index].total += nodes[index].own
            if let parent = nodes[index].parent { nodes[parent].total += nodes[index].total }
        }
        return CallTree(
            functions: names.all, nodes: nodes,
            children: CallTree.Children(parents: nodes.map(\.parent)),
            unit: unit,
            sampled: unit == .samples ? weight : Double(stacks), isCut: isCut)
    }
}

/// The names of functions, each once.
struct FunctionNames {
    private var bytes: [UInt8] = []
    private var ranges: [Range<Int>] = []
    /// By a hash of the name; a name whose hash is taken stands at the next free one.
    private var found = PlaceTable()

    var all: [String] { ranges.map { String(decoding: bytes[$0], as: UTF8.self) } }

    mutating func id(of name: String) -> Int {
        let name = Array(name.utf8)
        return unsafe name.withUnsafeBytes { unsafe id(of: $0) }
    }

    /// - Parameter name: what is longer than `ProfileLimits.maxNameBytes` is cut.
    mutating func id(of name: UnsafeRawBufferPointer) -> Int {
        let name = unsafe UnsafeRawBufferPointer(
            rebasing: name.prefix(ProfileLimits.maxNameBytes))
        var key = unsafe XXHash64.hash(name)
        while let known = found.place(of: key) {
            if unsafe isSame(ranges[known], name) { return known }
            key &+= 1
        }
        found.add(ranges.count, for: key)
        let begin = bytes.count
        unsafe bytes.append(contentsOf: name)
        ranges.append(begin..<bytes.count)
        return ranges.count - 1
    }

    private func isSame(_ range: Range<Int>, _ name: UnsafeRawBufferPointer) -> Bool {
        guard range.count == name.count else { return false }
        return unsafe bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress, let other = name.baseAddress else {
                return range.isEmpty
            }
            return unsafe memcmp(base + range.lowerBound, other, range.count) == 0
        }
    }
}
