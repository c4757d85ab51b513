extension CallTree {
    /// The tree as folded stacks, a line for each node that was sampled itself. A tree without
    /// samples gives no line.
    package var folded: [UInt8] {
        var bytes: [UInt8] = []
        for (index, node) in nodes.enumerated() where node.own > 0 && node.parent != nil {
            var frames: [Int] = []
            var at = index
            while let parent = nodes[at].parent {
                frames.append(nodes[at].function)
                at = parent
            }
            for (place, function) in frames.reversed().enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ";")) }
                // What separates frames and lines cannot be in a name.
                bytes += functions[function].utf8.map {
                    $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "\n") ? UInt8(ascii: ":") : $0
                }
            }
            // A larger number is written as a floating-point one, which is read as well.
            let own = node.own.rounded()
            bytes += " \(UInt64(exactly: own).map { "\($0)" } ?? "\(own)")\n".utf8
        }
        return bytes
    }
}
