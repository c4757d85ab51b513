import Testing
import TrackerTestSupport

@testable import TrackerProfile

/// What a tree is built with: the same as a dictionary and lists of children.
@Suite("Tables of a call tree") struct PlaceTableTests {
    @Test("a table finds what was added and nothing else", arguments: Array(1...5) as [UInt64])
    func places(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        var (table, truth) = (PlaceTable(), [UInt64: Int]())
        // Keys as nodes have them, and any others.
        let keys = (0..<5_000).map { index in
            index % 2 == 0
                ? UInt64.random(in: 0..<60, using: &dice) << 32
                    | UInt64.random(in: 0..<90, using: &dice)
                : dice.next()
        }
        for key in keys {
            #expect(table.place(of: key) == truth[key], "seed \(seed), key \(key)")
            if truth[key] == nil {
                table.add(truth.count, for: key)
                truth[key] = truth.count
            }
        }
        for (key, place) in truth {
            #expect(table.place(of: key) == place, "seed \(seed), key \(key)")
            #expect(table.place(of: key &+ 1 << 50) == truth[key &+ 1 << 50], "seed \(seed)")
        }
    }

    @Test("each node is a child of its parent, in its order", arguments: Array(1...5) as [UInt64])
    func children(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        var parents: [Int?] = [nil]
        for node in 1..<300 { parents.append(Int.random(in: 0..<node, using: &dice)) }
        let children = CallTree.Children(parents: parents)
        #expect(children.indices == parents.indices)
        for node in parents.indices {
            #expect(
                children[node] == parents.indices.filter { parents[$0] == node },
                "seed \(seed), node \(node)")
        }
        #expect(CallTree.Children(parents: [nil])[0].isEmpty)
    }

    @Test("names that differ in their last byte alone are two, and an empty one is one")
    func names() {
        var names = FunctionNames()
        let ids = ["main", "maim", "", "main", "", "mai"].map { names.id(of: $0) }
        #expect(ids == [0, 1, 2, 0, 2, 3])
        #expect(names.all == ["main", "maim", "", "mai"])
    }

    @Test("lines with and without an end, and empty ones, are read", arguments: ["", "\n", "\n\n"])
    func ends(end: String) throws {
        let text = "main;a 1\n\nmain;b 2\r\nmain 3\(end)"
        let tree = try ProfileFormats.read(Array(text.utf8)).tree
        #expect(tree.total == 6 && tree.functions.sorted() == ["a", "all", "b", "main"])
        #expect(tree.children[0].count == 1 && tree.children[tree.children[0][0]].count == 2)
    }
}
