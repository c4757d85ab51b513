import Glibc

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
    package let children: CallTree.Children
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
        let sampled = own.count { $0.before + $0.after > 0 }
        let byChance = Self.anyByChance / Double(max(1, sampled))
        change = own.map {
            Self.chance(of: $0, before.sampled, after.sampled) < byChance ? $0.difference : 0
        }
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

    /// How often any function of a picture is coloured although nothing changed. Each is held to
    /// its part (Bonferroni): a profile has hundreds of functions.
    private static let anyByChance = 0.01

    /// How often two shares of `n` and `m` stacks differ at least so much by chance: as two
    /// proportions, which are taken as normal.
    private static func chance(of shares: Shares, _ n: Double, _ m: Double) -> Double {
        let pooled = (shares.before * n + shares.after * m) / (n + m)
        let error = (pooled * (1 - pooled) * (1 / n + 1 / m)).squareRoot()
        return error > 0 ? erfc(abs(shares.difference) / error / 2.0.squareRoot()) : 1
    }
}
