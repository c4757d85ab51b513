import Synchronization

/// Reads samples from the lines of a frame without allocating strings or JSON values.
///
/// Four readers try each line, the fastest first; the first two learn from what the others accept:
/// ```
/// LineTemplates   same text as an earlier line, except time and value
/// LineShapes      same keys as an earlier line, in the same order and spelling
/// SampleReader    any common spelling of a sample
/// EventParser     every line
/// ```
///
/// Invariant: `EventParser` reads every `.sample` as the same sample. Unusual lines are reported as
/// `.other`, so the full parser decides. What was learned affects speed, never the result.
@safe public struct LineScanner: ~Copyable {
    /// Bytes that must be readable after the content: the scanner looks ahead.
    public static let padding = ByteArena.padding

    private let memory: UnsafeMutablePointer<ScannerMemory>

    public init() {
        unsafe memory = .allocate(capacity: 1)
        unsafe memory.initialize(to: ScannerMemory())
    }

    deinit {
        unsafe memory.deinitialize(count: 1)
        unsafe memory.deallocate()
    }

    /// Changes when the numbering of texts restarts; unique across scanners.
    public var generation: UInt64 { unsafe memory.pointee.generation }

    /// The keys of the last batch. Valid until the next scan; each may be over-read by eight bytes.
    public var keys: UnsafePointer<UInt8> { unsafe memory.pointee.keys.base }

    /// Scans lines from `offset` until `lines` is full, the batch is large enough, or the content
    /// ends.
    /// - Parameters:
    ///   - content: whole lines, each with its `\n`, followed by `padding` readable bytes.
    ///   - offset: where the next line begins; advanced past the last scanned line.
    /// - Returns: the number of lines scanned; at least one if there is one.
    public func scan(
        _ content: UnsafeRawBufferPointer, from offset: inout Int,
        into lines: UnsafeMutableBufferPointer<ScannedLine>
    ) -> Int {
        guard let base = unsafe content.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return 0 }
        return unsafe memory.pointee.scan(base, content.count, &offset, lines)
    }
}

/// What a scanner has learned, and its scratch space.
@safe struct ScannerMemory: ~Copyable {
    private(set) var generation = ScannerMemory.newGeneration()
    private(set) var keys = SampleKeys()
    private var texts: LineTemplates
    private var shapes: LineShapes
    private var names = NameInterner()
    private var clock = TimestampCache()
    private var parts = SampleFields()
    private let tens: UnsafeMutablePointer<UInt64>
    /// Above zero while most lines match a template. At zero only some lines are tried, to notice
    /// when that changes.
    private var textCredit = Credit.most
    /// Above zero while learning shapes pays.
    private var shapeCredit = Credit.most
    private var scanned = 0
    private var clearedAt = 0

    private enum Credit {
        static let most = 4_096
        static let knownText = 3
        static let unknownText = -1
        static let triedText = 64
        static let knownShape = 1
        static let learnedShape = -64
        /// Without credit, one line in this many is tried.
        static let tries = 64
    }

    /// Full templates are cleared only after this many lines, so that learning them again costs
    /// little.
    private static let linesBetweenClearing = 1 << 20

    private static let generations = Atomic<UInt64>(0)

    private static func newGeneration() -> UInt64 {
        generations.wrappingAdd(1, ordering: .relaxed).newValue
    }

    init() {
        unsafe tens = Decimal.makeTens()
        unsafe texts = LineTemplates(tens: tens)
        unsafe shapes = LineShapes(tens: tens)
    }

    deinit {
        parts.free()
        unsafe tens.deallocate()
    }

    mutating func scan(
        _ base: UnsafePointer<UInt8>, _ length: Int, _ offset: inout Int,
        _ lines: UnsafeMutableBufferPointer<ScannedLine>
    ) -> Int {
        keys.clear()
        if texts.isFull || names.isFull, scanned - clearedAt > Self.linesBetweenClearing {
            forgetNumbers()
        }
        guard let room = lines.baseAddress else { return 0 }
        // Templates and shapes stop at a newline: without the last one they would run past the
        // content.
        let isWhole = unsafe length > 0 && base[length - 1] == 0x0A
        let limit = unsafe base + length
        var at = unsafe base + offset
        var count = 0
        while count < lines.count, unsafe at < limit, keys.count < SampleKeys.enoughBytes {
            let triesText = textCredit > 0 || (scanned &+ count) & (Credit.tries - 1) == 0
            if isWhole, triesText {
                let wanted = textCredit > 0 ? lines.count : count + 1
                let known = unsafe texts.match(
                    &at, base, limit, &clock,
                    into: UnsafeMutableBufferPointer(rebasing: lines[count..<wanted]))
                count &+= known
                let credit = textCredit > 0 ? Credit.knownText : Credit.triedText
                textCredit = min(Credit.most, textCredit &+ known &* credit)
                guard count < wanted, unsafe at < limit else { continue }
                if textCredit > 0 { textCredit &+= Credit.unknownText }
            }
            let line = unsafe room + count
            let end = unsafe read(
                at, limit, isWhole: isWhole, learnsText: triesText, &line.pointee)
            unsafe line.pointee.line = Self.span(at - base, end - at)
            count &+= 1
            unsafe at = unsafe end + 1
        }
        offset = unsafe at - base
        scanned &+= count
        return count
    }

    private mutating func forgetNumbers() {
        texts.clear()
        names.clear()
        clearedAt = scanned
        generation = Self.newGeneration()
    }

    @inline(__always)
    private static func span(_ start: Int, _ count: Int) -> ByteSpan {
        ByteSpan(
            offset: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: count))
    }

    /// Reads a line that matches no template. - Returns: where it ends.
    private mutating func read(
        _ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, isWhole: Bool,
        learnsText: Bool, _ line: inout ScannedLine
    ) -> UnsafePointer<UInt8> {
        if isWhole, let end = unsafe shapes.match(start, limit: limit, &clock, &parts) {
            shapeCredit = min(Credit.most, shapeCredit &+ Credit.knownShape)
            unsafe finish(start, end, learnsText, &line)
            return unsafe end
        }
        if let end = unsafe SampleReader.read(start, limit, &parts) {
            unsafe finish(start, end, learnsText, &line)
            if isWhole, shapeCredit > 0 {
                shapeCredit &+= Credit.learnedShape
                unsafe shapes.learn(start, end)
            }
            return unsafe end
        }
        let rest = unsafe UnsafeRawBufferPointer(start: start, count: limit - start)
        let end = unsafe start + (firstIndex(of: 0x0A, in: rest) ?? rest.count)
        line = ScannedLine()
        guard isWhole, shapeCredit > 0 else { return unsafe end }
        shapeCredit &+= Credit.learnedShape
        let raw = unsafe UnsafeRawBufferPointer(start: start, count: end - start)
        // try? is right here: the caller parses the line and reports the reason.
        guard case .sample? = try? unsafe EventParser.parse(raw) else { return unsafe end }
        unsafe shapes.learn(start, end)
        if unsafe shapes.match(start, limit: limit, &clock, &parts) == end {
            unsafe finish(start, end, learnsText, &line)
        }
        return unsafe end
    }

    /// Fills in the line from the fields that were read.
    private mutating func finish(
        _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ learnsText: Bool,
        _ line: inout ScannedLine
    ) {
        line = ScannedLine()
        guard let key = keys.add(parts) else { return }
        line.kind = .sample
        line.timestampMs = parts.timestampMs
        line.value = parts.value
        line.ok = parts.ok
        line.isFailed = parts.ok < 0 ? key.statusSaysFailed : parts.ok == 0
        line.key = key.span
        line.keyHash = key.hash
        line.unit = key.unit
        line.names = unsafe names.number(
            keys.base + Int(key.span.offset), count: Int(key.namesCount),
            unit: keys.base + Int(key.unit.offset), count: Int(key.unit.count))
        if learnsText { line.text = unsafe texts.learn(start, end, parts.numbers) }
    }
}

/// Reads a sample in any common spelling; the full parser reads the rest.
enum SampleReader {
    /// - Returns: the position of the line's `\n`; `nil` when another reader has to read the line.
    static func read(
        _ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, _ parts: inout SampleFields
    ) -> UnsafePointer<UInt8>? {
        do throws(LineError) {
            parts.clear()
            var cursor = unsafe JSONCursor(from: start, to: limit)
            try readFields(&cursor, &parts)
            cursor.skipSpaces()
            let end = unsafe cursor.next
            guard cursor.peek == 0x0A, unsafe end - start <= LogLimits.maxLineBytes else {
                return nil
            }
            return unsafe end
        } catch {
            return nil
        }
    }

    private static func readFields(
        _ cursor: inout JSONCursor, _ parts: inout SampleFields
    ) throws(LineError) {
        var seen: UInt8 = 0
        cursor.skipSpaces()
        try cursor.expect(UInt8(ascii: "{"))
        repeat {
            cursor.skipSpaces()
            let key = try cursor.quickString()
            cursor.skipSpaces()
            try cursor.expect(UInt8(ascii: ":"))
            cursor.skipSpaces()
            guard let field = SampleField(key) else { throw .noKind }
            guard seen & field.rawValue == 0 else { throw .duplicateKey }
            seen |= field.rawValue
            try read(field, &cursor, &parts)
            cursor.skipSpaces()
        } while cursor.take(UInt8(ascii: ","))
        try cursor.expect(UInt8(ascii: "}"))
        let needed =
            SampleField.ts.rawValue | SampleField.metric.rawValue | SampleField.value.rawValue
        guard seen & needed == needed else { throw .noKind }
    }

    private static func read(
        _ field: SampleField, _ cursor: inout JSONCursor, _ parts: inout SampleFields
    ) throws(LineError) {
        switch field {
        case .ts: try readTime(&cursor, &parts)
        case .value:
            let token = try cursor.number()
            parts.value = token.value
            unsafe parts.valueRange = LineNumbers.ByteRange(start: token.start, count: token.count)
        case .metric: parts.metric = try cursor.quickString()
        case .run: parts.run = try cursor.quickString()
        case .unit: parts.unit = try cursor.quickString()
        case .ok: parts.ok = try cursor.okValue()
        case .labels: try readLabels(&cursor, &parts)
        }
    }

    private static func readTime(
        _ cursor: inout JSONCursor, _ parts: inout SampleFields
    ) throws(LineError) {
        guard cursor.peek == UInt8(ascii: "\"") else {
            let token = try cursor.number()
            parts.timestampMs = token.value
            unsafe parts.time = LineNumbers.ByteRange(start: token.start, count: token.count)
            return
        }
        let token = try cursor.quickString()
        let raw = unsafe UnsafeRawBufferPointer(start: token.start, count: token.count)
        guard !token.hasEscapes, let time = unsafe Timestamp.parseRFC3339(raw) else {
            throw .timestamp
        }
        parts.timestampMs = time
        parts.isTimeQuoted = true
        unsafe parts.time = LineNumbers.ByteRange(start: token.start, count: token.count)
    }

    /// A flat object of at most `maxLabels` labels with names that differ.
    private static func readLabels(
        _ cursor: inout JSONCursor, _ parts: inout SampleFields
    ) throws(LineError) {
        try cursor.expect(UInt8(ascii: "{"))
        cursor.skipSpaces()
        if cursor.take(UInt8(ascii: "}")) { return }
        repeat {
            cursor.skipSpaces()
            let name = try cursor.quickString()
            // Escaped names can be equal though their bytes differ; the full parser refuses long
            // ones.
            guard parts.labelCount < LogLimits.maxLabels, !name.hasEscapes,
                name.count <= LogLimits.maxNameBytes
            else { throw .labels }
            cursor.skipSpaces()
            try cursor.expect(UInt8(ascii: ":"))
            cursor.skipSpaces()
            let value = try cursor.labelValue()
            unsafe parts.labels[parts.labelCount] = SampleFields.LabelParts(
                name: name, value: value)
            parts.labelCount += 1
            cursor.skipSpaces()
        } while cursor.take(UInt8(ascii: ","))
        try cursor.expect(UInt8(ascii: "}"))
        guard parts.sortLabels() else { throw .duplicateKey }
    }
}
