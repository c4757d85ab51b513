import TrackerLog

/// The final statistics of Taurus as XML (`dump-xml`). Seconds. Each label is a run, and the one
/// without a name is of all.
struct TaurusReport: StreamFormat {
    static let name = "Taurus XML"
    static let tool = "taurus"
    static let lacks = ["single requests", "the start of the test"]

    static func recognises(_ head: FileHead) -> Bool {
        let text = String(decoding: head.bytes.prefix(1_000), as: UTF8.self)
        return text.contains("<FinalStatus")
    }

    private var bytes: [UInt8] = []

    mutating func read(
        _ bytes: ByteView, into output: inout ImportOutput
    ) throws(ImportError) {
        unsafe self.bytes.append(contentsOf: bytes.raw)
        guard self.bytes.count <= ImportLimits.maxWholeFileBytes else {
            throw .refused(
                format: Self.name,
                reason: "longer than \(ImportLimits.maxWholeFileBytes >> 20) MiB",
                advice: "Taurus writes some kilobytes for each label: check what the file is.",
                place: nil)
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var group: TaurusGroup?
        var url: String?
        var seconds: Double?
        var rest = bytes[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "<")),
            let close = rest[open...].firstIndex(of: UInt8(ascii: ">"))
        {
            let text = String(decoding: rest[rest.index(after: open)..<close], as: UTF8.self)
            rest = rest[rest.index(after: close)...]
            let tag = XMLTag(text)
            switch tag.name {
            case "ReportURL":
                url = Self.text(rest)
            case "TestDuration": seconds = DecimalText.number(Self.text(rest))
            case "Group": group = TaurusGroup(label: tag["label"] ?? "")
            case "/Group":
                group?.end(seconds: seconds, url: url, into: &output)
                group = nil
            default:
                guard let text = tag["value"] else { break }
                if let value = DecimalText.number(text) {
                    group?.add(tag.name, value, param: tag["param"])
                } else if DecimalText.isDamaged(text) {
                    output.lost(
                        "the value of <\(tag.name)> is not a number",
                        at: ImportPlace(line: nil, offset: open))
                }
            }
        }
        if group != nil {
            let place = ImportPlace(line: nil, offset: bytes.count)
            output.lost("the file is cut within a label: its numbers are left out", at: place)
        }
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name, reason: "there is no whole label in it",
            advice: "Let Taurus write it again, with dump-xml.", place: nil)
    }

    /// What stands before the next tag.
    private static func text(_ rest: ArraySlice<UInt8>) -> String {
        let end = rest.firstIndex(of: UInt8(ascii: "<")) ?? rest.endIndex
        return String(decoding: rest[..<end], as: UTF8.self).trimmedBlanks
    }
}

/// What stands between `<` and `>`.
struct XMLTag {
    /// With `/` in front where the element ends.
    let name: String
    private var attributes: [(name: String, value: String)] = []

    init(_ text: String) {
        let start = text.prefix { !$0.isWhitespace }
        name = start.hasSuffix("/") && start.count > 1 ? String(start.dropLast()) : String(start)
        var rest = text.dropFirst(start.count)
        while let equals = rest.firstIndex(of: "=") {
            let key = String(rest[..<equals]).trimmedBlanks
            rest = rest[rest.index(after: equals)...].drop { $0.isWhitespace }
            guard let quote = rest.first, quote == "\"" || quote == "'" else { return }
            rest = rest.dropFirst()
            guard let end = rest.firstIndex(of: quote) else { return }
            attributes.append((key.split { $0.isWhitespace }.joined(), Self.plain(rest[..<end])))
            rest = rest[rest.index(after: end)...]
        }
    }

    subscript(name: String) -> String? { attributes.first { $0.name.isExactly(name) }?.value }

    /// The five entities that XML itself has; others stay as they are.
    private static func plain(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        return String(text).replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            .replacing("&quot;", with: "\"").replacing("&apos;", with: "'")
            .replacing("&amp;", with: "&")
    }
}
