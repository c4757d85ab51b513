/// What a log, a container, a mail or a comment puts before each line of what a program prints.
enum LinePrefix: Hashable {
    /// `2026-05-01T12:00:00.123Z `, of CI and of containers; `[12:00:00] `.
    case time
    /// `May 01 12:00:00 host program[12]: `.
    case syslog
    /// `> `, `# `, `// `, `+`, `| `.
    case mark([UInt8])
    /// `[stdout] `.
    case bracket([UInt8])
    /// `service_1  | `.
    case service([UInt8])
    /// Cells of a table before a time, as `gh run view --log` writes them: `job`, tab, `step`, tab.
    case cells([UInt8])
    /// `stdout F `, of a node of Kubernetes.
    case stream
    /// The name of a file, and a colon.
    case text([UInt8])

    /// For people.
    var text: String {
        switch self {
        case .time: "a time"
        case .syslog: "time, host and program"
        case .stream: "the stream"
        case .mark(let bytes), .bracket(let bytes), .service(let bytes), .cells(let bytes),
            .text(let bytes):
            String(decoding: bytes, as: UTF8.self).trimmedBlanks.shortened(toBytes: 40)
        }
    }

    /// What a line may begin with, the likeliest first.
    static func candidates(_ line: ArraySlice<UInt8>) -> [LinePrefix] {
        var found: [LinePrefix] = []
        if timeLength(line) != nil { found.append(.time) }
        if syslogLength(line) != nil { found.append(.syslog) }
        if let prefix = service(line) ?? cells(line) ?? bracket(line) { found.append(prefix) }
        if streamLength(line) != nil { found.append(.stream) }
        if let mark = marks.first(where: { line.starts(with: $0) }) { found.append(.mark(mark)) }
        return found
    }

    /// How many bytes of the line it is; `nil` where the line does not begin with it.
    func length(in line: ArraySlice<UInt8>) -> Int? {
        switch self {
        case .time: return Self.timeLength(line)
        case .syslog: return Self.syslogLength(line)
        case .stream: return Self.streamLength(line)
        case .mark(let bytes), .bracket(let bytes), .service(let bytes):
            guard line.starts(with: bytes) else { return nil }
            return bytes.count + (line.dropFirst(bytes.count).first == 0x20 ? 1 : 0)
        case .cells(let bytes): return line.starts(with: bytes) ? bytes.count : nil
        case .text(let bytes):
            if line.starts(with: bytes) { return bytes.count }
            // Of an empty line the space at the end is often gone.
            return bytes.starts(with: line) && !line.isEmpty ? line.count : nil
        }
    }

    private static let marks = ["//", "--", "#", ">", ";", "*", "%", "|", "+"]
        .map { Array($0.utf8) }

    static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte) || "_.-/".utf8.contains(byte)
    }

    private static func service(_ line: ArraySlice<UInt8>) -> LinePrefix? {
        let name = line.prefix(while: isWord)
        let blanks = line.dropFirst(name.count).prefix { $0 == 0x20 }
        let length = name.count + blanks.count
        guard !name.isEmpty, !blanks.isEmpty, line.dropFirst(length).first == UInt8(ascii: "|")
        else { return nil }
        return .service(Array(line.prefix(length + 1)))
    }

    private static func cells(_ line: ArraySlice<UInt8>) -> LinePrefix? {
        guard let first = line.firstIndex(of: 0x09),
            let second = line[(first + 1)...].firstIndex(of: 0x09),
            timeLength(line[(second + 1)...]) != nil
        else { return nil }
        return .cells(Array(line[...second]))
    }

    private static func bracket(_ line: ArraySlice<UInt8>) -> LinePrefix? {
        guard line.first == UInt8(ascii: "["),
            let close = line.prefix(80).firstIndex(of: UInt8(ascii: "]"))
        else { return nil }
        return .bracket(Array(line[...close]))
    }

    private static func streamLength(_ line: ArraySlice<UInt8>) -> Int? {
        ["stdout F ", "stderr F ", "stdout P ", "stderr P "]
            .first { line.starts(with: $0.utf8) }?.utf8.count
    }

    private static func syslogLength(_ line: ArraySlice<UInt8>) -> Int? {
        var cursor = LineCursor(line)
        guard cursor.takes(3...3, where: { (0x41...0x7A).contains($0) }),
            cursor.takes(blanks: 1...2),
            cursor.digits(1...2), cursor.takes(blanks: 1...1), cursor.clock(),
            cursor.takes(blanks: 1...1), cursor.takes(1...255, where: isWord),
            cursor.takes(blanks: 1...1),
            cursor.takes(1...100, where: { isWord($0) || "[]()@".utf8.contains($0) }),
            cursor.take(":")
        else { return nil }
        _ = cursor.takes(blanks: 1...1)
        return cursor.length
    }

    private static func timeLength(_ line: ArraySlice<UInt8>) -> Int? {
        var cursor = LineCursor(line)
        let isOpen = cursor.take("[")
        cursor.optional { cursor in
            guard cursor.digits(4...4), cursor.take("-") || cursor.take("/"), cursor.digits(2...2),
                cursor.take("-") || cursor.take("/"), cursor.digits(2...2)
            else { return false }
            return cursor.take("T") || cursor.take(" ")
        }
        guard cursor.clock() else { return nil }
        cursor.optional { cursor in
            cursor.take("Z")
                || (cursor.take(" ") || true)
                    && (cursor.take("+") || cursor.take("-")) && cursor.digits(2...2)
                    && (cursor.take(":") || true) && cursor.digits(2...2)
        }
        if isOpen, !cursor.take("]") { return nil }
        // GitLab counts the parts of a line behind the time.
        cursor.optional { cursor in
            cursor.take(" ") && cursor.digits(2...2) && (cursor.take("O") || cursor.take("E"))
                && (cursor.take("+") || true)
        }
        guard cursor.isAtEnd || cursor.take(" ") else { return nil }
        return cursor.length
    }
}

/// Takes what is expected from the beginning of a line.
private struct LineCursor {
    private let start: Int
    private var rest: ArraySlice<UInt8>

    init(_ line: ArraySlice<UInt8>) { (start, rest) = (line.startIndex, line) }

    var length: Int { rest.startIndex - start }
    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ text: StaticString) -> Bool {
        guard rest.first == (unsafe text.utf8Start[0]) else { return false }
        rest = rest.dropFirst()
        return true
    }

    mutating func takes(_ count: ClosedRange<Int>, where fits: (UInt8) -> Bool) -> Bool {
        let found = rest.prefix(count.upperBound).prefix(while: fits)
        guard count.contains(found.count) else { return false }
        rest = rest.dropFirst(found.count)
        return true
    }

    mutating func takes(blanks count: ClosedRange<Int>) -> Bool {
        takes(count) { $0 == 0x20 || $0 == 0x09 }
    }

    mutating func digits(_ count: ClosedRange<Int>) -> Bool {
        takes(count) { (0x30...0x39).contains($0) }
    }

    /// `12:00:00`, with a fraction or without.
    mutating func clock() -> Bool {
        guard digits(1...2), take(":"), digits(2...2), take(":"), digits(2...2) else {
            return false
        }
        optional { ($0.take(".") || $0.take(",")) && $0.digits(1...9) }
        return true
    }

    /// What may be there: nothing is taken where it is not whole.
    mutating func optional(_ take: (inout LineCursor) -> Bool) {
        var ahead = self
        if take(&ahead) { self = ahead }
    }
}
