/// The shapes of earlier lines: their keys, in order and as spelled, with a hole for each value.
/// ```
/// {"ts":1763899200000,"metric":"latency","value":12.5,"labels":{"route":"/"}}
/// {"ts":<time>,"metric":"<metric>","value":<value>,"labels":{"route":"<label>"}}
/// ```
///
/// In a line of a known shape the keys need no lookup. The bytes between the holes are compared and
/// each value is parsed in full, so the full parser would accept the line too.
@safe struct LineShapes: ~Copyable {
    enum HoleKind: UInt8 {
        case time, quotedTime, value, metric, run, unit, ok
        /// A label's value: a string, or a number or literal.
        case label, bareLabel
        /// A value of a field that is not folded.
        case otherText, otherNumber
    }

    struct Hole {
        var kind: HoleKind
        /// The label's index in the line.
        var label: UInt8
        /// The fixed bytes before the hole.
        var before: ByteArena.Piece
    }

    struct Shape {
        var holeCount = 0
        /// The fixed bytes after the last hole, up to the newline.
        var end = ByteArena.Piece()
        var labelCount = 0
        /// The shape that last followed this one: files often alternate between shapes.
        var successor = 0
    }

    /// Lines with more holes are not learned.
    static let maxHoles = 64
    static let maxShapes = 16
    /// Longer lines are not learned: their fixed parts stay small.
    static let maxLineBytes = 64 << 10

    private(set) var arena = ByteArena(capacity: 16 << 10)
    private let shapes: UnsafeMutablePointer<Shape>
    private let holes: UnsafeMutablePointer<Hole>
    /// Names of each shape's labels, in the order of the line.
    private let names: UnsafeMutablePointer<ByteArena.Piece>
    /// Each shape's label indexes, sorted by the bytes of the names.
    private let orders: UnsafeMutablePointer<UInt8>
    private let tens: UnsafePointer<UInt64>
    private var count = 0
    private var last = 0
    private var next = 0

    init(tens: UnsafePointer<UInt64>) {
        unsafe self.tens = unsafe tens
        unsafe shapes = .allocate(capacity: Self.maxShapes)
        unsafe shapes.initialize(repeating: Shape(), count: Self.maxShapes)
        unsafe holes = .allocate(capacity: Self.maxShapes * Self.maxHoles)
        unsafe names = .allocate(capacity: Self.maxShapes * LogLimits.maxLabels)
        unsafe orders = .allocate(capacity: Self.maxShapes * LogLimits.maxLabels)
    }

    deinit {
        unsafe shapes.deallocate()
        unsafe holes.deallocate()
        unsafe names.deallocate()
        unsafe orders.deallocate()
    }

    /// Reads the line at `start` if its shape is known.
    /// - Parameter limit: the content's end.
    /// - Returns: the position of its newline.
    mutating func match(
        _ start: UnsafePointer<UInt8>, limit: UnsafePointer<UInt8>, _ clock: inout TimestampCache,
        _ parts: inout SampleFields
    ) -> UnsafePointer<UInt8>? {
        guard count > 0 else { return nil }
        let expected = unsafe shapes[last].successor
        if let end = unsafe match(expected, start, limit, &clock, &parts) {
            last = expected
            return unsafe end
        }
        for shape in 0..<count where shape != expected {
            guard let end = unsafe match(shape, start, limit, &clock, &parts) else { continue }
            unsafe shapes[last].successor = shape
            last = shape
            return unsafe end
        }
        return nil
    }

    private func match(
        _ shape: Int, _ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>,
        _ clock: inout TimestampCache, _ parts: inout SampleFields
    ) -> UnsafePointer<UInt8>? {
        parts.clear()
        var cursor = unsafe JSONCursor(from: start, to: limit)
        let first = shape &* Self.maxHoles
        for index in unsafe first..<first &+ shapes[shape].holeCount {
            let hole = unsafe holes[index]
            guard unsafe arena.isSame(hole.before, cursor.next) else { return nil }
            unsafe cursor.next += Int(hole.before.count)
            guard fill(hole, &cursor, &clock, &parts) else { return nil }
        }
        guard unsafe arena.isSame(shapes[shape].end, cursor.next) else { return nil }
        let end = unsafe cursor.next + Int(shapes[shape].end.count)
        guard unsafe end < limit, unsafe end.pointee == 0x0A,
            unsafe end - start <= LogLimits.maxLineBytes
        else { return nil }
        let labels = shape &* LogLimits.maxLabels
        parts.labelCount = unsafe shapes[shape].labelCount
        unsafe parts.order = UnsafePointer(orders + labels)
        for label in 0..<parts.labelCount {
            let name = unsafe names[labels &+ label]
            unsafe parts.labels[label].name = StringToken(
                start: arena.start(of: name), count: Int(name.count), hasEscapes: false)
        }
        return unsafe end
    }

    /// Reads one whole value. - Returns: whether it is valid for this hole.
    @inline(__always)
    private func fill(
        _ hole: Hole, _ cursor: inout JSONCursor, _ clock: inout TimestampCache,
        _ parts: inout SampleFields
    ) -> Bool {
        switch hole.kind {
        case .label:
            guard let token = cursor.textBehindQuote() else { return false }
            unsafe parts.labels[Int(hole.label)].value = token
        case .time: return time(&cursor, &clock, &parts)
        case .value: return number(&cursor, &parts.value, &parts.valueRange)
        case .quotedTime:
            parts.isTimeQuoted = true
            return quotedTime(&cursor, &clock, &parts)
        case .metric:
            guard let token = cursor.textBehindQuote() else { return false }
            parts.metric = token
        case .run:
            guard let token = cursor.textBehindQuote() else { return false }
            parts.run = token
        case .unit:
            guard let token = cursor.textBehindQuote() else { return false }
            parts.unit = token
        case .otherText: return cursor.textBehindQuote() != nil
        default: return fillRare(hole, &cursor, &parts)
        }
        return true
    }

    private func fillRare(
        _ hole: Hole, _ cursor: inout JSONCursor, _ parts: inout SampleFields
    ) -> Bool {
        do throws(LineError) {
            switch hole.kind {
            case .ok: parts.ok = try cursor.okValue()
            case .bareLabel:
                guard cursor.peek != UInt8(ascii: "\"") else { return false }
                unsafe parts.labels[Int(hole.label)].value = try cursor.labelValue()
            default: _ = try cursor.number()
            }
            return true
        } catch {
            return false
        }
    }

    @inline(__always)
    private func number(
        _ cursor: inout JSONCursor, _ value: inout Double, _ range: inout LineNumbers.ByteRange
    ) -> Bool {
        unsafe range.start = cursor.next
        range.count = unsafe Decimal.readBeforeText(cursor.next, tens: tens, &value)
        if range.count > 0 {
            unsafe cursor.next += range.count
            return true
        }
        do throws(LineError) {
            let token = try cursor.number()
            value = token.value
            range.count = token.count
            return true
        } catch {
            return false
        }
    }

    @inline(__always)
    private func time(
        _ cursor: inout JSONCursor, _ clock: inout TimestampCache, _ parts: inout SampleFields
    ) -> Bool {
        unsafe parts.time.start = cursor.next
        parts.time.count = unsafe clock.readNumber(cursor.next, tens: tens, &parts.timestampMs)
        guard parts.time.count > 0 else {
            return number(&cursor, &parts.timestampMs, &parts.time)
        }
        unsafe cursor.next += parts.time.count
        return true
    }

    private func quotedTime(
        _ cursor: inout JSONCursor, _ clock: inout TimestampCache, _ parts: inout SampleFields
    ) -> Bool {
        unsafe parts.time.start = cursor.next
        parts.time.count = unsafe clock.read(cursor.next, tens: tens, &parts.timestampMs)
        if parts.time.count > 0 {
            unsafe cursor.next += parts.time.count
            return true
        }
        guard let token = cursor.textBehindQuote(), !token.hasEscapes else { return false }
        let raw = unsafe UnsafeRawBufferPointer(start: token.start, count: token.count)
        guard let time = unsafe Timestamp.parseRFC3339(raw) else { return false }
        unsafe clock.learn(raw)
        parts.timestampMs = time
        parts.time.count = token.count
        return true
    }

    /// Learns the shape of a line that the full parser accepts as a sample.
    mutating func learn(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        guard unsafe end - start <= Self.maxLineBytes else { return }
        var walk = unsafe ShapeWalk(start, end)
        // try? is right here: other readers read a line that cannot be learned.
        guard (try? walk.run()) != nil, walk.holes.count <= Self.maxHoles else { return }
        if count == Self.maxShapes, next == 0 { forget() }
        let shape = next
        next = (next + 1) % Self.maxShapes
        count = max(count, shape + 1)
        for (index, hole) in walk.holes.enumerated() {
            let piece = unsafe arena.append(hole.before.start, count: hole.before.count)
            unsafe (holes + shape * Self.maxHoles + index).initialize(
                to: Hole(kind: hole.kind, label: hole.label, before: piece))
        }
        let labels = shape * LogLimits.maxLabels
        let order = walk.names.indices.sorted {
            walk.names[$0].precedes(walk.names[$1])
        }
        for (index, name) in walk.names.enumerated() {
            unsafe names[labels + index] = arena.append(name.start, count: name.count)
            unsafe orders[labels + index] = UInt8(order[index])
        }
        unsafe shapes[shape] = Shape(
            holeCount: walk.holes.count,
            end: arena.append(walk.literalStart, count: end - walk.literalStart),
            labelCount: walk.names.count, successor: shape)
        last = shape
    }

    private mutating func forget() {
        arena.clear()
        count = 0
        last = 0
    }
}

/// Splits a valid sample line into fixed parts and holes.
@safe struct ShapeWalk {
    struct WalkedHole {
        var kind: LineShapes.HoleKind
        var label: UInt8
        var before: LineNumbers.ByteRange
    }

    private var cursor: JSONCursor
    private(set) var holes: [WalkedHole] = []
    private(set) var names: [StringToken] = []
    /// Where the fixed part after the last hole begins.
    private(set) var literalStart: UnsafePointer<UInt8>

    init(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        unsafe cursor = JSONCursor(from: start, to: end)
        unsafe literalStart = unsafe start
    }

    /// - Throws: when the line is not worth learning.
    mutating func run() throws(LineError) {
        try members { walk, key throws(LineError) in try walk.field(key) }
    }

    /// Walks over an object; `member` walks over each value.
    private mutating func members(
        _ member: (inout ShapeWalk, StringToken) throws(LineError) -> Void
    ) throws(LineError) {
        cursor.skipSpaces()
        try cursor.expect(UInt8(ascii: "{"))
        cursor.skipSpaces()
        if cursor.take(UInt8(ascii: "}")) { return }
        repeat {
            cursor.skipSpaces()
            let key = try cursor.string()
            guard !key.hasEscapes else { throw .escape }
            cursor.skipSpaces()
            try cursor.expect(UInt8(ascii: ":"))
            cursor.skipSpaces()
            try member(&self, key)
            cursor.skipSpaces()
        } while cursor.take(UInt8(ascii: ","))
        try cursor.expect(UInt8(ascii: "}"))
    }

    private mutating func field(_ key: StringToken) throws(LineError) {
        let isText = cursor.peek == UInt8(ascii: "\"")
        switch SampleField(key) {
        case .ts: try hole(isText ? .quotedTime : .time)
        case .metric: try hole(.metric)
        case .value: try hole(.value)
        case .run: try hole(.run)
        case .unit: try hole(.unit)
        case .ok: try hole(.ok)
        case .labels:
            try members { walk, name throws(LineError) in
                guard walk.names.count < LogLimits.maxLabels else { throw .labels }
                walk.names.append(name)
                let isText = walk.cursor.peek == UInt8(ascii: "\"")
                try walk.hole(isText ? .label : .bareLabel)
            }
        case nil: try other()
        }
    }

    /// A value of a field that is not folded: its structure is fixed, its strings and numbers are
    /// holes.
    private mutating func other() throws(LineError) {
        switch cursor.peek {
        case UInt8(ascii: "\""): try hole(.otherText)
        case UInt8(ascii: "{"): try members { walk, _ throws(LineError) in try walk.other() }
        case UInt8(ascii: "["):
            cursor.advance()
            cursor.skipSpaces()
            if cursor.take(UInt8(ascii: "]")) { return }
            repeat {
                cursor.skipSpaces()
                try other()
                cursor.skipSpaces()
            } while cursor.take(UInt8(ascii: ","))
            try cursor.expect(UInt8(ascii: "]"))
        case UInt8(ascii: "t"): try cursor.expect(literal: "true")
        case UInt8(ascii: "f"): try cursor.expect(literal: "false")
        case UInt8(ascii: "n"): try cursor.expect(literal: "null")
        default: try hole(.otherNumber)
        }
    }

    /// Ends the fixed part before a value and walks over the value. Quotes belong to the fixed
    /// part.
    private mutating func hole(_ kind: LineShapes.HoleKind) throws(LineError) {
        guard holes.count < LineShapes.maxHoles else { throw .labels }
        let isText = cursor.peek == UInt8(ascii: "\"")
        let start = unsafe cursor.next + (isText ? 1 : 0)
        let label = UInt8(truncatingIfNeeded: max(0, names.count - 1))
        unsafe holes.append(
            WalkedHole(
                kind: kind, label: label,
                before: .init(start: literalStart, count: start - literalStart)))
        switch kind {
        case .ok: _ = try cursor.okValue()
        case .label, .bareLabel: _ = try cursor.labelValue()
        default: if isText { _ = try cursor.string() } else { _ = try cursor.number() }
        }
        unsafe literalStart = unsafe isText ? cursor.next - 1 : cursor.next
    }
}
