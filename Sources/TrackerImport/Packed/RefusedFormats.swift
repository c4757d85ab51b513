/// Files that are known, and for which there is another way.
enum RefusedFormats {
    static let all: [AnyFormat] = [.refused(VegetaGob.self), .refused(Archive.self)]
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

/// Several files in one, or a compression that few tools write: what unwraps it is named.
enum Archive: RefusedFormat {
    static let name = "archive"
    static let tool = "any"
    static let lacks: [String] = []
    static let reason = "what is packed in this way is not read"
    static let advice = "Unpack it, and import the folder."

    private struct Kind {
        let name: String
        /// Where its mark stands, and the mark.
        let offset: Int
        let mark: [UInt8]
        let command: String
    }

    private static let kinds = [
        Kind(
            name: "zip archive", offset: 0, mark: [0x50, 0x4B, 0x03, 0x04],
            command: "unzip FILE -d FOLDER && tracker import FOLDER"),
        Kind(
            name: "tar archive", offset: 257, mark: Array("ustar".utf8),
            command: "mkdir FOLDER && tar xf FILE -C FOLDER && tracker import FOLDER"),
        Kind(
            name: "7z archive", offset: 0, mark: [0x37, 0x7A, 0xBC, 0xAF],
            command: "7z x FILE -oFOLDER && tracker import FOLDER"),
        Kind(
            name: "lz4 file", offset: 0, mark: [0x04, 0x22, 0x4D, 0x18],
            command: "lz4 -dc FILE | tracker import -"),
    ]

    private static func kind(_ head: FileHead) -> Kind? {
        kinds.first { head.bytes.dropFirst($0.offset).starts(with: $0.mark) }
    }

    static func recognises(_ head: FileHead) -> Bool { kind(head) != nil }

    static func refusal(_ head: FileHead) -> ImportError {
        let kind = kind(head)
        return .refused(
            format: kind?.name ?? name, reason: reason,
            advice: kind.map { "Unpack it first: \($0.command)" } ?? advice, place: nil)
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
