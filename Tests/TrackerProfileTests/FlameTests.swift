import Testing
import TrackerProfile
import TrackerTestSupport

@Suite("Flame graphs and differences") struct FlameTests {
    private static func tree(_ text: String) throws -> CallTree {
        try ProfileFormats.read(Array(text.utf8)).tree
    }

    @Test("Each frame is as wide as its share, within the one that called it")
    func layout() throws {
        let tree = try Self.tree("main;b;x 30\nmain;b 10\nmain;a 40\nmain 20\n")
        let flame = tree.flame(showing: 0)
        let placed = flame.rectangles.map { rectangle in
            let name = tree.functions[tree.nodes[rectangle.node].function]
            return "\(rectangle.row) \(name) \(rectangle.x) \(rectangle.width)"
        }
        #expect(
            placed == [
                "0 all 0.0 1.0", "1 main 0.0 1.0", "2 a 0.0 0.4", "2 b 0.4 0.4", "3 x 0.4 0.3",
            ])
        #expect(flame.rows == 4 && flame.narrow == 0)
        // Shown alone, a frame has the whole width, and the way to it is known.
        let b = try #require(
            tree.nodes.indices.first { tree.functions[tree.nodes[$0].function] == "b" })
        let zoomed = tree.flame(showing: b)
        #expect(zoomed.rectangles.map(\.width) == [1, 0.75])
        #expect(
            zoomed.path.map { tree.functions[tree.nodes[$0].function] } == ["all", "main", "b"])
    }

    @Test("Random trees: totals add up, rectangles lie within their parents and do not overlap")
    func laws() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var dice = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var lines = ""
            var sum = 0
            for _ in 0..<Int.random(in: 1...200, using: &dice) {
                let depth = Int.random(in: 1...9, using: &dice)
                let stack = (0..<depth).map { _ in "f\(Int.random(in: 0...3, using: &dice))" }
                let count = Int.random(in: 1...9, using: &dice)
                sum += count
                lines += stack.joined(separator: ";") + " \(count)\n"
            }
            let tree = try Self.tree(lines)
            #expect(tree.total == Double(sum))
            #expect(tree.ownByFunction.reduce(0, +) == Double(sum))
            let flame = tree.flame(showing: 0)
            var byRow: [Int: [FlameLayout.Rectangle]] = [:]
            for rectangle in flame.rectangles {
                byRow[rectangle.row, default: []].append(rectangle)
            }
            for (row, rectangles) in byRow where row > 0 {
                for (left, right) in zip(rectangles, rectangles.dropFirst()) {
                    #expect(left.x + left.width <= right.x + 1e-9)
                }
                for rectangle in rectangles {
                    let parent = tree.nodes[rectangle.node].parent
                    let above = byRow[row - 1]?.first { $0.node == parent }
                    #expect(above != nil)
                    #expect((above?.x ?? 2) <= rectangle.x + 1e-9)
                }
            }
        }
    }

    /// Samples of a program with 40 functions, one of which takes `slow` times as long.
    private static func program(slow: Double, _ dice: inout SeededGenerator) throws -> CallTree {
        let weights = (0..<40).map { (index: Int) -> Double in
            index == 7 ? 3 * slow : Double(1 + index % 5)
        }
        let all: Double = weights.reduce(0, +)
        var counts = [Int](repeating: 0, count: 40)
        for _ in 0..<6_000 {
            var at = Double.random(in: 0..<all, using: &dice)
            var function = 0
            while function < 39, at >= weights[function] {
                at -= weights[function]
                function += 1
            }
            counts[function] += 1
        }
        let lines = counts.enumerated().map { index, count in
            // The slow one is called from several places.
            index == 7
                ? "main;left;f7 \(count / 2)\nmain;right;mid;f7 \(count - count / 2)\n"
                : "main;g\(index % 6);f\(index) \(count)\n"
        }
        return try tree(lines.joined())
    }

    @Test("A function made twice slower is the widest red frame; without a change nothing is")
    func difference() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var dice = SeededGenerator(seed: seed)
        var (found, falseAlarms) = (0, 0)
        for _ in 0..<20 {
            let before = try Self.program(slow: 1, &dice)
            let same = try TreePair(before: before, after: try Self.program(slow: 1, &dice))
            falseAlarms += same.change.count { $0 != 0 }
            let pair = try TreePair(before: before, after: try Self.program(slow: 2, &dice))
            let widest = pair.flame(showing: 0, widths: .after).rectangles
                .filter { pair.change[pair.nodes[$0.node].function] > 0 }
                .max { $0.width < $1.width }
            if let widest, pair.functions[pair.nodes[widest.node].function] == "f7" { found += 1 }
        }
        // Chance colours one picture in a hundred, with or without a change beside it: more than
        // three of 20 in one run of twenty thousand.
        #expect(found >= 18, "\(found)")
        #expect(falseAlarms <= 3, "\(falseAlarms)")
    }
}
