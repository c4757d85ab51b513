/// Which writer wrote a section, and its number: of equal sections a reader counts the first.
public struct FrameIdentity: Sendable, Hashable {
    /// The writer's id, or the id that a client chose so that it can retry.
    public var writer: String
    /// This writer's frame number, from 0.
    public var seq: Int

    public init(writer: String, seq: Int) {
        self.writer = writer
        self.seq = seq
    }

    /// Whether readers accept it: a writer of 1 to `LogLimits.maxNameBytes` bytes, a seq from 0 to
    /// 2^53.
    public var isValid: Bool {
        !writer.isEmpty && writer.utf8.count <= LogLimits.maxNameBytes && seq >= 0
            && seq <= Self.maxSeq
    }

    /// Larger integers are not exact in every language's JSON.
    static let maxSeq = 1 << 53

    /// Compares bytes, not Unicode equivalence: otherwise the events of one of two writers could be
    /// lost.
    public static func == (a: FrameIdentity, b: FrameIdentity) -> Bool {
        a.seq == b.seq && a.writer.utf8.elementsEqual(b.writer.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(seq)
        for byte in writer.utf8 { hasher.combine(byte) }
    }
}

/// A header line: it covers the lines up to the next header line or the end of the frame.
///
/// ```
/// {"frame":1,"session":"…","writer":"9f3c…","seq":12,"events":100,"at":1763899200000}
///  format    folder        ╰────── identity ───────╯ lines        Unix ms
/// ```
public struct FrameHeader: Sendable, Hashable {
    /// The format of the lines that follow.
    public static let currentFormat = 1

    public var session: String
    public var identity: FrameIdentity
    /// The number of lines that follow.
    public var events: Int
    /// Time of writing, Unix milliseconds.
    public var atMs: Int?
    /// Events that the writer has dropped since its previous frame.
    public var dropped: Int
    /// The segment that held these lines, without a header, before compaction.
    package var bareOf: String?
    /// What the lines were before `tracker prune --keep-size` made histograms of their samples.
    package var thinned: ThinnedLines?
    /// Only in the first header of a compacted segment, which covers no lines.
    package var claim: CompactionClaim?

    public init(
        session: String, identity: FrameIdentity, events: Int, atMs: Int? = nil, dropped: Int = 0
    ) {
        self.session = session
        self.identity = identity
        self.events = events
        self.atMs = atMs
        self.dropped = dropped
    }

    /// The events of the section that the writer wrote.
    package var writtenEvents: Int { thinned?.events ?? events }

    /// The header line, with its `\n`.
    public func write(to bytes: inout [UInt8]) {
        unsafe withUnsafeTemporaryAllocation(byteCount: maxBytes, alignment: 1) {
            var cursor = unsafe ByteWriter($0)
            putMembers(to: &cursor)
            unsafe bytes.append(contentsOf: cursor.written)
        }
        if let bareOf {
            bytes.append(contentsOf: ",\"of\":".utf8)
            appendJSONString(bareOf, to: &bytes)
        }
        thinned?.write(to: &bytes)
        claim?.write(to: &bytes)
        bytes.append(contentsOf: "}\n".utf8)
    }

    /// The header line of a writer: without the members that only compaction adds.
    func write(to cursor: inout ByteWriter) {
        putMembers(to: &cursor)
        cursor.put("}\n")
    }

    private func putMembers(to cursor: inout ByteWriter) {
        cursor.put(#"{"frame":"#)
        cursor.put(integer: Self.currentFormat)
        cursor.put(#","session":"#)
        cursor.put(jsonString: session)
        cursor.put(#","writer":"#)
        cursor.put(jsonString: identity.writer)
        cursor.put(#","seq":"#)
        cursor.put(integer: identity.seq)
        cursor.put(#","events":"#)
        cursor.put(integer: events)
        if let atMs {
            cursor.put(#","at":"#)
            cursor.put(integer: atMs)
        }
        if dropped > 0 {
            cursor.put(#","dropped":"#)
            cursor.put(integer: dropped)
        }
    }

    /// An upper bound for the line that a writer writes.
    var maxBytes: Int { 6 * (session.utf8.count + identity.writer.utf8.count) + 192 }

    enum Parsed {
        case header(FrameHeader)
        /// A newer format. `events` if the line has a valid number of lines.
        case newer(events: Int?)
        case invalid
    }

    static func parse(_ line: UnsafeRawBufferPointer) -> Parsed {
        guard line.count <= LogLimits.maxLineBytes else { return .invalid }
        let mark = unsafe ByteOrderMark.length(in: line)
        let line = unsafe UnsafeRawBufferPointer(rebasing: line[mark...])
        if let header = unsafe plain(line) { return .header(header) }
        // try? is right here: the reason why it is not JSON does not matter.
        guard let value = try? unsafe JSONValue(parsing: line),
            let format = value["frame"]?.intValue, format >= 1
        else { return .invalid }
        guard format == currentFormat else {
            return .newer(events: value["events"]?.intValue.flatMap { $0 >= 0 ? $0 : nil })
        }
        guard let session = value["session"]?.stringValue,
            let writer = value["writer"]?.stringValue, let seq = value["seq"]?.intValue,
            let events = value["events"]?.intValue, events >= 0
        else { return .invalid }
        let identity = FrameIdentity(writer: writer, seq: seq)
        guard identity.isValid else { return .invalid }
        let dropped = value["dropped"]?.intValue ?? 0
        var header = FrameHeader(
            session: session, identity: identity, events: events,
            atMs: value["at"]?.intValue, dropped: max(0, dropped))
        header.bareOf = value["of"]?.stringValue
        header.thinned = ThinnedLines(header: value, lines: events)
        header.claim = events == 0 ? CompactionClaim(header: value) : nil
        return .header(header)
    }

    /// The fast path: a header exactly as a writer writes it.
    /// - Returns: `nil` for any other spelling, which may still be valid.
    private static func plain(_ line: UnsafeRawBufferPointer) -> FrameHeader? {
        do throws(LineError) {
            var cursor = unsafe JSONCursor(line)
            try cursor.expect(literal: #"{"frame":1,"session":"#)
            let session = try cursor.string()
            try cursor.expect(literal: #","writer":"#)
            let writer = try cursor.string()
            try cursor.expect(literal: #","seq":"#)
            let seq = try cursor.number()
            try cursor.expect(literal: #","events":"#)
            let events = try cursor.number()
            var at: NumberToken?
            if cursor.peek == UInt8(ascii: ",") {
                try cursor.expect(literal: #","at":"#)
                at = try cursor.number()
            }
            try cursor.expect(UInt8(ascii: "}"))
            guard cursor.isAtEnd, !session.hasEscapes, !writer.hasEscapes,
                let seq = wholeNumber(seq), let events = wholeNumber(events), events > 0
            else { return nil }
            let identity = FrameIdentity(writer: try JSONCursor.text(of: writer), seq: seq)
            guard identity.isValid else { return nil }
            var header = FrameHeader(
                session: try JSONCursor.text(of: session), identity: identity, events: events)
            if let at {
                guard let atMs = wholeNumber(at) else { return nil }
                header.atMs = atMs
            }
            return header
        } catch {
            return nil
        }
    }

    /// An integer of at most 15 characters, which is exact in a double.
    private static func wholeNumber(_ token: NumberToken) -> Int? {
        token.count <= 15 ? Int(exactly: token.value) : nil
    }

    /// Whether a header line begins at the start of a line, perhaps behind a byte order mark.
    static func beginsLine(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        unsafe isHeaderLine(bytes, at: start + ByteOrderMark.length(in: bytes, at: start))
    }

    /// Whether the line's first key is `frame`. The same key elsewhere in a line has no meaning.
    static func isHeaderLine(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        guard start < bytes.count, unsafe bytes[start] == UInt8(ascii: "{") else { return false }
        var at = start + 1
        while at < bytes.count, unsafe bytes[at] == 0x20 || bytes[at] == 0x09 { at += 1 }
        let key: StaticString = "\"frame\""
        guard at + key.utf8CodeUnitCount <= bytes.count else { return false }
        for index in 0..<key.utf8CodeUnitCount
        where unsafe bytes[at + index] != key.utf8Start[index] {
            return false
        }
        return true
    }
}
