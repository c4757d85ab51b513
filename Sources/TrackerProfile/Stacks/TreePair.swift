/// Two trees laid over each other: the nodes of both, each with what it has in one and the other.
package struct TreePair: Sendable {
    /// The shares of a whole, in the tree before and in the one after.
    package struct Shares: Sendable, Hashable {
        package var before: Double
        package var after: Double

        package var difference: Double { after - before }
    }

    package struct Node: Sendable {
        package let function: Int
        package let parent: Int?
        package internal(set) var own: Shares
        package internal(set) var total: Shares
    }

    package let functions: [String]
    /// The first is the root. Parents stand before their children.
    package let nodes: [Node]
    package let children: [[Int]]
    /// What was sampled in each function itself, wherever it was called from.
    package let ownByFunction: [Shares]
    /// By how much each function's own share differs beyond what chance explains; 0 where chance
    /// may explain it.
    package let change: [Double]

    package init(before: CallTree, after: CallTree) throws(ProfileError) {
        var builder = CallTreeBuilder()
        let first = try Self.places(of: before, in: &builder)
        let second = try Self.places(of: after, in: &builder)
        let union = builder.tree(unit: before.unit)
        var nodes = union.nodes.map {
            Node(
                function: $0.function, parent: $0.parent,
                own: Shares(before: 0, after: 0), total: Shares(before: 0, after: 0))
        }
        for (index, node) in before.nodes.enumerated() {
            nodes[first[index]].own.before += node.own / before.total
            nodes[first[index]].total.before += node.total / before.total
        }
        for (index, node) in after.nodes.enumerated() {
            nodes[second[index]].own.after += node.own / after.total
            nodes[second[index]].total.after += node.total / after.total
        }
        var own = [Shares](repeating: Shares(before: 0, after: 0), count: union.functions.count)
        for node in nodes {
            own[node.function].before += node.own.before
            own[node.function].after += node.own.after
        }
        functions = union.functions
        self.nodes = nodes
        children = union.children
        ownByFunction = own
        change = own.map { Self.change($0, before.sampled, after.sampled) }
    }

    /// Where the tree's nodes are in the builder's.
    private static func places(
        of tree: CallTree, in builder: inout CallTreeBuilder
    ) throws(ProfileError) -> [Int] {
        let functions = tree.functions.map { builder.function($0) }
        var places: [Int] = []
        for node in tree.nodes {
            guard let parent = node.parent else {
                places.append(CallTreeBuilder.root)
                continue
            }
            places.append(
                try builder.node(functions[node.function], below: places[parent]))
        }
        return places
    }

    /// Standard errors of a difference beyond which chance is no explanation: about one function
    /// in a thousand has more without a change.
    private static let errorsBeyondChance = 3.29

    /// The difference of two shares of `n` and `m` stacks, as of two proportions.
    private static func change(_ shares: Shares, _ n: Double, _ m: Double) -> Double {
        let pooled = (shares.before * n + shares.after * m) / (n + m)
        let error = (pooled * (1 - pooled) * (1 / n + 1 / m)).squareRoot()
        return abs(shares.difference) > errorsBeyondChance * error ? shares.difference : 0
    }
}
