/// Cuts bytes that arrive in any pieces into lines. A line ends with LF, also with CRs before it,
/// or with a CR alone: of an old Mac, or of a progress bar in a terminal.
struct LineSplitter {
    /// What stands behind a part of the bytes.
    private enum End {
        case lineFeed
        case carriageReturn
        case file

        var length: Int { self == .file ? 0 : 1 }
    }

    private var rest: [UInt8] = []
    private var number = 0
    private var offset = 0
    /// Bytes of a line that is too long and is passed over.
    private var skipped = 0
    private let limit: Int

    init(limit: Int = ImportLimits.maxLineBytes) { self.limit = limit }

    /// - Parameters:
    ///   - line: receives each line that is whole.
    ///   - tooLong: is told of each line beyond the limit.
    mutating func feed(
        _ bytes: ByteView, line: (ImportLine) throws(ImportError) -> Void,
        tooLong: (ImportPlace) -> Void
    ) throws(ImportError) {
        var start = 0
        while let end = bytes.firstIndex(of: 0x0A, from: start) {
            let part = bytes[start..<end]
            start = end + 1
            if skipped > 0 || rest.count + part.count > limit {
                pass(part.count + 1, tooLong)
            } else if rest.isEmpty {
                try give(part, .lineFeed, line)
            } else {
                try giveRest(and: part, .lineFeed, line)
            }
        }
        var tail = bytes[start..<bytes.count]
        if skipped == 0, let cut = Self.lastReturn(in: tail), rest.count + cut <= limit {
            if rest.isEmpty {
                try give(tail.prefix(cut), .carriageReturn, line)
            } else {
                try giveRest(and: tail.prefix(cut), .carriageReturn, line)
            }
            tail = tail.dropFirst(cut + 1)
        }
        if skipped > 0 || rest.count + tail.count > limit {
            skipped += rest.count + tail.count
            rest.removeAll(keepingCapacity: true)
        } else {
            unsafe rest.append(contentsOf: tail.raw)
        }
    }

    /// Whether the last line ends with a CR, which the next byte would have shown to be its end.
    var endsWithReturn: Bool { rest.last == 0x0D }

    /// A last line without an end counts.
    mutating func finish(
        line: (ImportLine) throws(ImportError) -> Void, tooLong: (ImportPlace) -> Void
    ) throws(ImportError) {
        if skipped > 0 {
            pass(0, tooLong)
        } else if !rest.isEmpty {
            try giveRest(and: nil, .file, line)
        }
    }

    private mutating func pass(_ length: Int, _ tooLong: (ImportPlace) -> Void) {
        number += 1
        tooLong(ImportPlace(line: number, offset: offset))
        offset += skipped + rest.count + length
        skipped = 0
        rest.removeAll(keepingCapacity: true)
    }

    /// The last CR that ends a line for certain: the byte behind it is there, and no CR or LF.
    private static func lastReturn(in tail: ByteView) -> Int? {
        var last: Int?
        var at = 0
        while let next = tail.firstIndex(of: 0x0D, from: at) {
            at = next + 1
            if at < tail.count, tail[at] != 0x0D { last = next }
        }
        return last
    }

    private mutating func giveRest(
        and part: ByteView?, _ end: End, _ line: (ImportLine) throws(ImportError) -> Void
    ) throws(ImportError) {
        var whole: [UInt8] = []
        swap(&whole, &rest)
        if let part { unsafe whole.append(contentsOf: part.raw) }
        // Not within the closure below: its errors would lose their type.
        let result = unsafe whole.withUnsafeBytes { buffer in
            Result { () throws(ImportError) in
                try unsafe give(ByteView(buffer), end, line)
            }
        }
        try result.get()
        whole.removeAll(keepingCapacity: true)
        swap(&whole, &rest)
    }

    /// - Parameter bytes: without what ends them.
    private mutating func give(
        _ bytes: ByteView, _ end: End, _ line: (ImportLine) throws(ImportError) -> Void
    ) throws(ImportError) {
        // Windows writes CR LF, and some tools there CR CR LF.
        var count = bytes.count
        while end != .carriageReturn, count > 0, bytes[count - 1] == 0x0D { count -= 1 }
        var start = 0
        while let middle = bytes.firstIndex(of: 0x0D, from: start), middle < count {
            try giveLine(bytes[start..<middle], length: middle - start + 1, line)
            start = middle + 1
        }
        try giveLine(bytes[start..<count], length: bytes.count - start + end.length, line)
    }

    private mutating func giveLine(
        _ bytes: ByteView, length: Int, _ line: (ImportLine) throws(ImportError) -> Void
    ) throws(ImportError) {
        number += 1
        var bytes = bytes
        if number == 1, bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
            bytes = bytes.dropFirst(3)
        }
        let place = ImportPlace(line: number, offset: offset)
        offset += length
        try line(ImportLine(bytes: bytes, place: place))
    }
}
