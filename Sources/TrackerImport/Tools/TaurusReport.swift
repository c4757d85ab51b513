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

    private struct Group {
        var run = ImportedRun()
        var total: Int?
        var failed: Int?
        var statuses: [(name: String, count: Int)] = []
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var group: Group?
        var url: String?
        var rest = bytes[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "<")),
            let close = rest[open...].firstIndex(of: UInt8(ascii: ">"))
        {
            let text = String(decoding: rest[rest.index(after: open)..<close], as: UTF8.self)
            rest = rest[rest.index(after: close)...]
            let tag = XMLTag(text)
            switch tag.name {
            case "ReportURL":
                let end = rest.firstIndex(of: UInt8(ascii: "<")) ?? rest.endIndex
                url = String(decoding: rest[..<end], as: UTF8.self).trimmedBlanks
            case "Group":
                group = Group()
                let label = tag["label"] ?? ""
                if !label.isEmpty { group?.run.target = label }
            case "/Group":
                if var whole = group { end(&whole, url, into: &output) }
                group = nil
            default: if group != nil { read(tag, &group) }
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

    private func read(_ tag: XMLTag, _ group: inout Group?) {
        guard let text = tag["value"], let value = DecimalText.number(text) else { return }
        switch tag.name {
        case "avg_rt": group?.run.reported.add("avg_latency_ms", value * 1e3)
        case "stdev_rt": group?.run.reported.add("stdev_ms", value * 1e3)
        case "avg_ct": group?.run.reported.add("connect_mean_ms", value * 1e3)
        case "avg_lt": group?.run.reported.add("first_byte_mean_ms", value * 1e3)
        case "bytes": group?.run.reported.add("received_bytes", value)
        case "throughput": group?.total = Int(exactly: value)
        case "fail": group?.failed = Int(exactly: value)
        case "concurrency":
            group?.run.params.append(.init("concurrency", .double(value)))
        case "rc":
            guard let count = Int(exactly: value), let code = tag["param"] else { return }
            group?.statuses.append((code, count))
        case "perc":
            guard let param = tag["param"], let percent = DecimalText.number(param) else { return }
            if percent <= 0 {
                group?.run.reported.add("min_ms", value * 1e3)
            } else if percent >= 100 {
                group?.run.reported.add("max_ms", value * 1e3)
            } else {
                group?.run.reported.percentile(param, ms: value * 1e3)
            }
        default: break
        }
    }

    private func end(_ group: inout Group, _ url: String?, into output: inout ImportOutput) {
        group.run.reported.requests(total: group.total, failed: group.failed)
        group.run.reported.outcomes(group.statuses)
        group.run.test = "taurus"
        group.run.lacks = ["the length of the test, and so its rate"]
        if let url, !url.isEmpty { group.run.params.append(.init("report_url", .string(url))) }
        output.endRun(group.run)
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
