/// Where the rectangles of a flame graph are: a row for each depth, the root on top, and below each
/// frame those that it called, by name, as wide as their share.
package struct FlameLayout: Sendable {
    package struct Rectangle: Sendable, Hashable {
        /// Of the tree.
        package let node: Int
        /// From 0 to 1 of the picture's width.
        package let x: Double
        package let width: Double
        /// From 0, the shown node.
        package let row: Int
    }

    /// By row, then from the left.
    package let rectangles: [Rectangle]
    /// Frames that are too narrow to be drawn.
    package let narrow: Int
    /// The shown node and those that lead to it, the root first.
    package let path: [Int]

    package var rows: Int { rectangles.last.map { $0.row + 1 } ?? 0 }

    /// - Parameters:
    ///   - shown: the node that has the whole width; the root where there is no such node.
    ///   - parent: `nil` for the root.
    ///   - name: for the order of what a node called.
    ///   - size: of a node, with everything that it called.
    ///
    /// Only what is drawn is asked for: a tree has many times as many nodes.
    init(
        showing shown: Int, children: CallTree.Children, parent: (Int) -> Int?,
        name: (Int) -> String,
        size: (Int) -> Double
    ) {
        let shown = children.indices.contains(shown) ? shown : 0
        var path = [shown]
        while let above = parent(path[path.count - 1]) { path.append(above) }
        self.path = path.reversed()
        let whole = size(shown)
        guard whole > 0 else {
            (rectangles, narrow) = ([], 0)
            return
        }
        var placed: [Rectangle] = []
        var narrow = 0
        var row = [Rectangle(node: shown, x: 0, width: 1, row: 0)]
        while !row.isEmpty {
            // The widest of a row first, should there be too many.
            let room = max(0, ProfileLimits.maxRectangles - placed.count)
            if row.count > room {
                narrow += row.count - room
                row.sort { $0.width > $1.width }
                row.removeSubrange(room...)
                row.sort { $0.x < $1.x }
            }
            placed += row
            var next: [Rectangle] = []
            for rectangle in row {
                var x = rectangle.x
                for child in children[rectangle.node].sorted(by: { name($0) < name($1) }) {
                    let width = size(child) / whole
                    if width >= ProfileLimits.minWidth {
                        next.append(
                            Rectangle(node: child, x: x, width: width, row: rectangle.row + 1))
                    } else if width > 0 {
                        narrow += 1
                    }
                    x += width
                }
            }
            row = next
        }
        rectangles = placed
        self.narrow = narrow
    }
}

extension CallTree {
    /// - Parameter node: the one that has the whole width.
    package func flame(showing node: Int) -> FlameLayout {
        FlameLayout(
            showing: node, children: children, parent: { nodes[$0].parent },
            name: { functions[nodes[$0].function] }, size: { nodes[$0].total })
    }
}

extension TreePair {
    /// Which of the two trees the widths are of.
    package enum Side: Sendable { case before, after }

    package func flame(showing node: Int, widths: Side) -> FlameLayout {
        FlameLayout(
            showing: node, children: children, parent: { nodes[$0].parent },
            name: { functions[nodes[$0].function] },
            size: { widths == .after ? nodes[$0].total.after : nodes[$0].total.before })
    }
}
