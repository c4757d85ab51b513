import TrackerLog

/// The text of `perf script`: a line for a sample, its frames below it, the innermost first.
///
/// ```text
/// node  4242  1234.567890:   10101010 cpu-clock:
///         55d0c8a1 parse+0x21 (/usr/bin/node)
///         55d0c7ff main+0x1f (/usr/bin/node)
/// ```
enum PerfScript: ProfileFormat {
    static let name = "perf script"
    static let advice = "Was the program idle while it was recorded, and perf called with -g?"

    static func recognises(_ bytes: [UInt8]) -> Bool {
        let head = String(decoding: bytes.prefix(4 << 10), as: UTF8.self)
        let lines = head.split(separator: "\n").filter { !$0.hasPrefix("#") }
        guard lines.count > 1, lines[0].first.map({ !$0.isWhitespace }) ?? false else {
            return false
        }
        return frame(of: Array(lines[1].utf8)) != nil
    }

    static func read(_ bytes: [UInt8]) throws(ProfileError) -> ReadProfile {
        var builder = CallTreeBuilder()
        var (stack, command): ([Int], String?) = ([], nil)
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.first == UInt8(ascii: "#") { continue }
            if let first = line.first, first > 0x20 {
                try end(&stack, command, &builder)
                command = Self.command(of: line)
            } else if let name = frame(of: Array(line)) {
                stack.append(builder.function(name))
            }
        }
        try end(&stack, command, &builder)
        return ReadProfile(tree: builder.tree(unit: .samples), notes: [])
    }

    private static func end(
        _ stack: inout [Int], _ command: String?, _ builder: inout CallTreeBuilder
    ) throws(ProfileError) {
        guard let command, !stack.isEmpty else { return }
        try builder.add(1, stack: [builder.function(command)] + stack.reversed())
        stack = []
    }

    /// The program's name: all before the number of its process, which may be `PID/TID`.
    private static func command(of line: ArraySlice<UInt8>) -> String {
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        let name = words.prefix { word in
            !word.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "/") }
        }
        return name.joined(separator: " ")
    }

    /// The function of a frame's line: an address, the name with an offset, the file in brackets.
    /// - Returns: `nil` where the line is no frame.
    private static func frame(of line: [UInt8]) -> String? {
        guard let first = line.first, first <= 0x20 else { return nil }
        let text = String(decoding: line, as: UTF8.self)
        let words = text.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
        guard words.count == 2, words[0].allSatisfy(\.isHexDigit) else { return nil }
        var name = words[1]
        if name.hasSuffix(")"), let bracket = name.lastIndex(of: "(") {
            let file = name[name.index(after: bracket)...].dropLast()
            name = name[..<bracket]
            while name.last == " " { name.removeLast() }
            if name.isEmpty || name == "[unknown]" {
                return "[\(file.split(separator: "/").last.map(String.init) ?? "unknown")]"
            }
        }
        if let plus = name.lastIndex(of: "+"), name[plus...].hasPrefix("+0x") {
            name = name[..<plus]
        }
        return String(name)
    }
}
