/// Sampled stacks as a tree: a node for each way to reach a function.
///
/// ```text
/// main;serve;parse 3        main 7 (own 1)
/// main;serve;send 2    ─►     serve 6 (own 1)
/// main;serve 1                  parse 3
/// main 1                        send 2
/// ```
package struct CallTree: Sendable {
    package struct Node: Sendable {
        /// Its function's place in `functions`.
        package let function: Int
        /// Before it in `nodes`; `nil` for the root.
        package let parent: Int?
        /// How many nodes lead to it.
        package let depth: Int
        /// What was sampled in it itself.
        package internal(set) var own: Double = 0
        /// The same with everything that it called.
        package internal(set) var total: Double = 0
    }

    /// What each node called: one list for all, because a tree has a million.
    package struct Children: Sendable {
        private let nodes: [Int32]
        /// Where those of a node begin; one more than there are nodes.
        private let starts: [Int32]

        /// - Parameter parents: of each node.
        init(parents: [Int?]) {
            var starts = [Int32](repeating: 0, count: parents.count + 1)
            for case let parent? in parents { starts[parent + 1] += 1 }
            for index in parents.indices { starts[index + 1] += starts[index] }
            var free = starts
            var nodes = [Int32](repeating: 0, count: Int(starts[parents.count]))
            for (index, parent) in parents.enumerated() {
                guard let parent else { continue }
                nodes[Int(free[parent])] = Int32(index)
                free[parent] += 1
            }
            self.nodes = nodes
            self.starts = starts
        }

        package var indices: Range<Int> { 0..<starts.count - 1 }
        package subscript(node: Int) -> [Int] {
            nodes[Int(starts[node])..<Int(starts[node + 1])].map { Int($0) }
        }
    }

    /// What a stack's number means.
    package enum Unit: Sendable, Hashable {
        case samples
        case nanoseconds
        case bytes
        /// As the profiler names it.
        case other(String)
    }

    /// Names; the first is that of the root.
    package let functions: [String]
    /// The first is the root. Parents stand before their children.
    package let nodes: [Node]
    /// The nodes that each node called, in the order in which they were first met.
    package let children: Children
    package let unit: Unit
    /// How many stacks were sampled, where each has a weight; the sum of the weights where the
    /// unit is samples. It says how far chance may change a share.
    package let sampled: Double
    /// Whether stacks were deeper than `ProfileLimits.maxDepth`.
    package let isCut: Bool

    package var total: Double { nodes[0].total }

    /// What was sampled in each function itself, wherever it was called from.
    package var ownByFunction: [Double] {
        var own = [Double](repeating: 0, count: functions.count)
        for node in nodes { own[node.function] += node.own }
        return own
    }

    /// What was sampled while each function was on the stack; a recursion counts once.
    package var totalByFunction: [Double] {
        var total = [Double](repeating: 0, count: functions.count)
        for node in nodes where !isRepeated(node) { total[node.function] += node.total }
        return total
    }

    private func isRepeated(_ node: Node) -> Bool {
        var above = node.parent
        while let index = above {
            if nodes[index].function == node.function { return true }
            above = nodes[index].parent
        }
        return false
    }
}
