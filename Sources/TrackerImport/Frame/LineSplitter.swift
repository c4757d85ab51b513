/// Cuts bytes that arrive in any pieces into lines.
struct LineSplitter {
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
                try give(part, length: part.count + 1, line)
            } else {
                try giveRest(and: part, line)
            }
        }
        let tail = bytes[start..<bytes.count]
        if skipped > 0 || rest.count + tail.count > limit {
            skipped += rest.count + tail.count
            rest.removeAll(keepingCapacity: true)
        } else {
            unsafe rest.append(contentsOf: tail.raw)
        }
    }

    /// A last line without an end counts.
    mutating func finish(
        line: (ImportLine) throws(ImportError) -> Void, tooLong: (ImportPlace) -> Void
    ) throws(ImportError) {
        if skipped > 0 {
            pass(0, tooLong)
        } else if !rest.isEmpty {
            try giveRest(and: nil, line)
        }
    }

    private mutating func pass(_ length: Int, _ tooLong: (ImportPlace) -> Void) {
        number += 1
        tooLong(ImportPlace(line: number, offset: offset))
        offset += skipped + rest.count + length
        skipped = 0
        rest.removeAll(keepingCapacity: true)
    }

    private mutating func giveRest(
        and part: ByteView?, _ line: (ImportLine) throws(ImportError) -> Void
    ) throws(ImportError) {
        var whole: [UInt8] = []
        swap(&whole, &rest)
        if let part { unsafe whole.append(contentsOf: part.raw) }
        let length = whole.count + (part == nil ? 0 : 1)
        // Not within the closure below: its errors would lose their type.
        let result = unsafe whole.withUnsafeBytes { buffer in
            Result { () throws(ImportError) in
                try unsafe give(ByteView(buffer), length: length, line)
            }
        }
        try result.get()
        whole.removeAll(keepingCapacity: true)
        swap(&whole, &rest)
    }

    private mutating func give(
        _ bytes: ByteView, length: Int, _ line: (ImportLine) throws(ImportError) -> Void
    ) throws(ImportError) {
        number += 1
        var bytes = bytes
        if number == 1, bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
            bytes = bytes.dropFirst(3)
        }
        // Windows writes CR LF, and some tools there CR CR LF.
        var end = bytes.count
        while end > 0, bytes[end - 1] == 0x0D { end -= 1 }
        let place = ImportPlace(line: number, offset: offset)
        offset += length
        try line(ImportLine(bytes: bytes.prefix(end), place: place))
    }
}
