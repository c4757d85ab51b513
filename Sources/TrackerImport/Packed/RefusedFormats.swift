/// Files that are known, and for which there is another way.
enum RefusedFormats {
    static let all: [AnyFormat] = [.refused(VegetaGob.self)]
}

/// Go's own serialization: it carries type descriptions, and only Go reads it.
enum VegetaGob: RefusedFormat {
    static let name = "vegeta gob"
    static let tool = "vegeta"
    static let lacks: [String] = []
    static let reason = "vegeta's binary results are readable by vegeta alone"
    static let advice = "Convert them: vegeta encode FILE | tracker import -"

    static func recognises(_ head: FileHead) -> Bool {
        // A stream begins with the length of the description of the type `Result`.
        guard head.bytes.prefix(64).contains(0xFF) else { return false }
        let text = String(decoding: head.bytes.prefix(256), as: UTF8.self)
        return text.contains("Result") && text.contains("Attack") && text.contains("Seq")
    }
}

/// The report that a tool writes for a browser. A report of Local Tracker is recognised before it.
enum WebPage: RefusedFormat {
    static let name = "web page"
    static let tool = "any"
    static let lacks: [String] = []
    static let reason = "it is made for a browser, and no report of Local Tracker"
    static let advice =
        "Import the file of numbers that the tool writes beside it: docs/IMPORT.md has a command"
        + " for each tool."

    static func recognises(_ head: FileHead) -> Bool {
        let text = head.firstLine.trimmedBlanks.lowercased()
        return text.hasPrefix("<!doctype html") || text.hasPrefix("<html")
    }
}
