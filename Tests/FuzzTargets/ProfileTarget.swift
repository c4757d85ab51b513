import TrackerProfile

/// A profile of any bytes: what is taken is a tree whose numbers add up, whose picture fits, and
/// that does not differ from itself.
enum ProfileTarget {
    static func complaint(about input: [UInt8]) -> String? {
        let tree: CallTree
        do throws(ProfileError) {
            tree = try ProfileFormats.read(input).tree
        } catch {
            return "\(error)".isEmpty ? "refused without a reason" : nil
        }
        return numbers(of: tree) ?? picture(of: tree) ?? pair(of: tree)
    }

    private static func numbers(of tree: CallTree) -> String? {
        guard tree.total > 0, tree.total.isFinite else { return "a total of \(tree.total)" }
        var sums = tree.nodes.map(\.own)
        for index in tree.nodes.indices.reversed() {
            let node = tree.nodes[index]
            guard tree.functions.indices.contains(node.function) else { return "no function" }
            guard node.depth <= ProfileLimits.maxDepth else { return "a depth of \(node.depth)" }
            guard abs(sums[index] - node.total) <= 1e-9 * node.total else {
                return "node \(index) has \(node.total), its parts \(sums[index])"
            }
            if let parent = node.parent {
                guard parent < index else { return "node \(index) stands before its parent" }
                sums[parent] += node.total
            }
        }
        // What is recorded is stored so.
        return tree.folded.isEmpty && tree.nodes.count > 1 && tree.nodes[0].own < tree.total
            ? "no stack is written" : nil
    }

    private static func picture(of tree: CallTree) -> String? {
        let flame = tree.flame(showing: 0)
        guard !flame.rectangles.isEmpty else { return "an empty picture" }
        for rectangle in flame.rectangles
        where
            !(rectangle.x >= 0 && rectangle.width > 0
            && rectangle.x + rectangle.width <= 1 + 1e-6)
        {
            return "a frame from \(rectangle.x), \(rectangle.width) wide"
        }
        return nil
    }

    private static func pair(of tree: CallTree) -> String? {
        do throws(ProfileError) {
            let pair = try TreePair(before: tree, after: tree)
            return pair.change.allSatisfy { $0 == 0 } ? nil : "it differs from itself"
        } catch {
            return "\(error)"
        }
    }

    /// One of each format: further ones are in the corpus.
    static func seeds() -> [[UInt8]] {
        let schema = #"{"$schema":"https://www.speedscope.app/file-format-schema.json","#
        return [
            "main;serve;parse 3\nmain;serve;send 2\nmain 1\n",
            schema + #""shared":{"frames":[{"name":"a"},{"name":"b"}]},"profiles":[{"type":"#
                + #""sampled","unit":"none","samples":[[0,1],[0]],"weights":[3,2]}]}"#,
            #"{"meta":{"interval":1},"threads":[{"samples":{"stack":[1,0]},"stackTable":{"prefix":"#
                + #"[null,0],"frame":[0,1]},"frameTable":{"func":[0,1]},"funcTable":{"name":[0,1]},"#
                + #""stringArray":["a","b"]}]}"#,
            "node 42 1.5:  101 cpu-clock:\n\t55d0 parse+0x21 (/bin/node)\n\t55d1 main (/bin/node)\n\n",
        ].map { Array($0.utf8) }
    }
}
