import TrackerLog

/// The answer of a tool: a few lines that an agent reads whole.
struct MCPAnswer: Equatable {
    var lines: [String]
    /// Whether the tool did not do what it was asked.
    var isError = false

    /// As `tools/call` gives it: at most `MCPLimits.maxAnswerBytes` of text.
    var json: JSONValue {
        let content = JSONValue.object([.init("type", "text"), .init("text", .string(text))])
        return .object([
            .init("content", .array([content])), .init("isError", .bool(isError)),
        ])
    }

    /// The lines that fit, and how many do not.
    var text: String {
        let lines = lines.map { VisibleText.escaped($0) }
        var shown: [String] = []
        var bytes = 0
        for (index, line) in lines.enumerated() {
            let rest = lines.count - index
            let note = "… \(rest) more line\(rest == 1 ? "" : "s")"
            guard bytes + line.utf8.count + 1 + note.utf8.count <= MCPLimits.maxAnswerBytes else {
                // A single line that is too long is cut: its beginning says the most.
                if shown.isEmpty { shown.append(Self.cut(line, to: MCPLimits.maxAnswerBytes / 2)) }
                shown.append(note)
                break
            }
            shown.append(line)
            bytes += line.utf8.count + 1
        }
        return shown.joined(separator: "\n")
    }

    private static func cut(_ line: String, to bytes: Int) -> String {
        var text = ""
        for character in line {
            guard text.utf8.count + String(character).utf8.count <= bytes else { break }
            text.append(character)
        }
        return text + "…"
    }
}
