/// What stands around the lines of a report that was copied out of the log of a CI job, of a
/// container, a mail or a page in Markdown: prefixes, colours, fences.
struct LineWrapping {
    /// The outer one first.
    private let prefixes: [LinePrefix]
    private let hasColours: Bool
    /// Whether only what stands between fences counts.
    private let isFenced: Bool
    private var isInFence = false
    /// Whether it is tried also where the file is of a known format as it is: some are known by
    /// what stands anywhere in a line.
    let isCertain: Bool

    private static let maxPrefixes = 6
    /// Of a hundred lines so many have it: others print to the same log.
    private static let leastPercent = 50

    /// What the file may be, in the order in which it is tried.
    static func all(of head: FileHead) -> [LineWrapping] {
        let lines = head.lines.map { Array(TerminalCodes.removed(from: $0).utf8)[...] }
            .filter { !$0.allSatisfy(ByteView.isBlank) }
        let hasColours = head.bytes.contains(0x1B)
        let found = prefixes(of: lines)
        let parts = (0...found.count).map { Array(found.prefix($0)) }
        let hasFence = lines.contains { isFence(removed(found, from: $0)) }
        let all = [false, true].flatMap { isFenced in
            parts.filter { isFenced ? hasFence : hasColours || !$0.isEmpty }.map { prefixes in
                LineWrapping(
                    prefixes, hasColours: hasColours, isFenced: isFenced,
                    isCertain: areCertain(prefixes, of: head, lines))
            }
        }
        // What all lines have is no part of a report; of the rest as little is removed as may be.
        return all.filter(\.isCertain).reversed() + all.filter { !$0.isCertain }
    }

    /// Whether all lines have the prefixes.
    private static func areCertain(
        _ prefixes: [LinePrefix], of head: FileHead, _ lines: [ArraySlice<UInt8>]
    ) -> Bool {
        var lines = head.isWhole ? lines : lines.dropLast()
        for prefix in prefixes {
            guard lines.allSatisfy({ prefix.length(in: $0) != nil }) else { return false }
            lines = lines.map { $0.dropFirst(prefix.length(in: $0) ?? 0) }
                .filter { !$0.allSatisfy(ByteView.isBlank) }
        }
        return true
    }

    /// Whether nothing but colours is removed.
    var isOfColours: Bool { prefixes.isEmpty && !isFenced }

    /// What is around the fences, which may be a report as well.
    var outside: LineWrapping? {
        guard isFenced else { return nil }
        var other = self
        other.isInFence = true
        return other
    }

    private init(
        _ prefixes: [LinePrefix], hasColours: Bool, isFenced: Bool, isCertain: Bool
    ) {
        (self.prefixes, self.hasColours, self.isFenced) = (prefixes, hasColours, isFenced)
        self.isCertain = isCertain
    }

    /// For the loss report.
    var text: String {
        var parts: [String] = []
        if !prefixes.isEmpty {
            let begins = prefixes.map(\.text).joined(separator: ", ")
            parts.append("what each line begins with (\(begins))")
        }
        if hasColours { parts.append("codes of colours") }
        if isFenced { parts.append("what is around the fences of Markdown") }
        return parts.joined(separator: ", ") + ": offsets count without it"
    }

    func plain(_ head: FileHead) throws(ImportError) -> FileHead {
        FileHead(try PlainLines(head.bytes, self).bytes, isWhole: head.isWhole)
    }

    /// - Returns: the line as the tool printed it.
    mutating func plain(_ line: ByteView) -> ArraySlice<UInt8> {
        let bytes = hasColours ? Array(TerminalCodes.removed(from: line.text).utf8) : line.array
        let plain = Self.removed(prefixes, from: bytes[...])
        guard isFenced else { return plain }
        if Self.isFence(plain) {
            isInFence.toggle()
            return []
        }
        return isInFence ? plain : []
    }

    private static func removed(
        _ prefixes: [LinePrefix], from line: ArraySlice<UInt8>
    ) -> ArraySlice<UInt8> {
        var rest = line
        // One that is not there does no harm to the next: a time may miss in a few lines.
        for prefix in prefixes { rest = rest.dropFirst(prefix.length(in: rest) ?? 0) }
        return rest
    }

    private static func isFence(_ line: ArraySlice<UInt8>) -> Bool {
        let text = line.drop(while: ByteView.isBlank)
        return text.starts(with: "```".utf8) || text.starts(with: "~~~".utf8)
    }

    private static func prefixes(of lines: [ArraySlice<UInt8>]) -> [LinePrefix] {
        var (found, lines): ([LinePrefix], [ArraySlice<UInt8>]) = ([], lines)
        while found.count < maxPrefixes, let prefix = common(lines) ?? text(of: lines) {
            found.append(prefix)
            lines = lines.map { $0.dropFirst(prefix.length(in: $0) ?? 0) }
                .filter { !$0.allSatisfy(ByteView.isBlank) }
        }
        return found
    }

    /// What most lines begin with.
    private static func common(_ lines: [ArraySlice<UInt8>]) -> LinePrefix? {
        var counts: [LinePrefix: Int] = [:]
        var order: [LinePrefix] = []
        for line in lines {
            for prefix in LinePrefix.candidates(line) {
                if counts[prefix] == nil { order.append(prefix) }
                counts[prefix, default: 0] += 1
            }
        }
        let least = max(1, lines.count * leastPercent / 100)
        return order.first { counts[$0, default: 0] >= least }
    }

    /// The name that all lines begin with, up to its colon: `grep` writes that of the file.
    private static func text(of lines: [ArraySlice<UInt8>]) -> LinePrefix? {
        guard let first = lines.first else { return nil }
        let name = first.prefix(while: LinePrefix.isWord)
        guard !name.isEmpty, first.dropFirst(name.count).first == UInt8(ascii: ":") else {
            return nil
        }
        let blank = lines.allSatisfy { $0.dropFirst(name.count + 1).first == 0x20 } ? 1 : 0
        let text = first.prefix(name.count + 1 + blank)
        return lines.allSatisfy { $0.starts(with: text) } ? .text(Array(text)) : nil
    }
}

/// Gives a reader the lines as the tool printed them.
struct PlainFeed: FormatFeed {
    private var splitter = LineSplitter()
    private var wrapping: LineWrapping
    private var feed: any FormatFeed

    init(_ wrapping: LineWrapping, _ feed: any FormatFeed) {
        (self.wrapping, self.feed) = (wrapping, feed)
    }

    mutating func feed(_ bytes: ByteView, into output: inout ImportOutput) throws(ImportError) {
        var plain = PlainLines()
        try plain.feed(bytes, &splitter, &wrapping)
        try give(plain, into: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var plain = PlainLines()
        try plain.finish(&splitter, &wrapping)
        plain.dropLastEnd()
        try give(plain, into: &output)
        try feed.finish(into: &output)
    }

    private mutating func give(
        _ plain: PlainLines, into output: inout ImportOutput
    ) throws(ImportError) {
        for place in plain.long { output.lost(LineReasons.tooLong, at: place) }
        guard !plain.bytes.isEmpty else { return }
        let result = unsafe plain.bytes.withUnsafeBytes { buffer in
            Result { () throws(ImportError) in
                try unsafe feed.feed(ByteView(buffer), into: &output)
            }
        }
        try result.get()
    }
}

/// Lines without what was around them.
struct PlainLines {
    private(set) var bytes: [UInt8] = []
    private(set) var long: [ImportPlace] = []

    init() {}

    /// All of a text, which may end within a line.
    init(_ text: [UInt8], _ wrapping: LineWrapping) throws(ImportError) {
        var (lines, splitter, wrapping) = (PlainLines(), LineSplitter(), wrapping)
        let result = unsafe text.withUnsafeBytes { buffer in
            Result { () throws(ImportError) in
                try unsafe lines.feed(ByteView(buffer), &splitter, &wrapping)
                try lines.finish(&splitter, &wrapping)
            }
        }
        try result.get()
        if text.last != 0x0A { lines.dropLastEnd() }
        self = lines
    }

    mutating func feed(
        _ text: ByteView, _ splitter: inout LineSplitter, _ wrapping: inout LineWrapping
    ) throws(ImportError) {
        try splitter.feed(text) { line throws(ImportError) in
            add(wrapping.plain(line.bytes))
        } tooLong: {
            add(tooLong: $0)
        }
    }

    mutating func finish(
        _ splitter: inout LineSplitter, _ wrapping: inout LineWrapping
    ) throws(ImportError) {
        try splitter.finish { line throws(ImportError) in
            add(wrapping.plain(line.bytes))
        } tooLong: {
            add(tooLong: $0)
        }
    }

    private mutating func add(_ line: ArraySlice<UInt8>) {
        bytes += line
        bytes.append(0x0A)
    }

    /// The last line of the file has none.
    mutating func dropLastEnd() {
        if bytes.last == 0x0A { bytes.removeLast() }
    }

    /// An empty line stands for it, so that those behind it keep their number.
    private mutating func add(tooLong place: ImportPlace) {
        long.append(place)
        bytes.append(0x0A)
    }
}
