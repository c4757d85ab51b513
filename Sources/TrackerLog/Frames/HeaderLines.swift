/// Finds the header lines in a frame's content and counts its lines.
///
/// This is an extra pass over every byte of the log, so it works on sixteen bytes at a time. It
/// counts newlines and looks for `"f`, which could begin the key `"frame"` and is rare in other
/// lines. A block that contains it is examined byte by byte.
enum HeaderLines {
    struct Start {
        /// Of the header's `{`.
        var offset: Int
        /// Where its line begins: a byte order mark may be before it.
        var lineOffset: Int
        /// Line number from 1.
        var line: Int
    }

    private typealias Bytes = SIMD16<UInt8>
    /// Pairs of bytes: compared twice, because `"f` may begin at an even or an odd offset.
    private typealias Pairs = SIMD8<UInt16>

    private static let vectorsPerBlock = 16
    private static let blockBytes = 16 * vectorsPerBlock

    static func find(_ content: UnsafeRawBufferPointer) -> (headers: [Start], lineCount: Int) {
        var headers: [Start] = []
        guard let base = content.baseAddress else { return (headers, 0) }
        var lines = 0
        var at = 0
        // Reads one byte past the block.
        while at &+ blockBytes < content.count {
            let (newlines, mayHaveHeader) = unsafe scan(base + at)
            if mayHaveHeader {
                unsafe findEach(content, at..<at &+ blockBytes, &lines, &headers)
            } else {
                lines &+= newlines
            }
            at &+= blockBytes
        }
        unsafe findEach(content, at..<content.count, &lines, &headers)
        return (headers, lines)
    }

    /// - Returns: the number of newlines in a block, and whether it contains `"f`.
    @inline(__always)
    private static func scan(_ block: UnsafeRawPointer) -> (newlines: Int, mayHaveHeader: Bool) {
        let newline = Bytes(repeating: 0x0A)
        let key = Pairs(repeating: UInt16(littleEndian: 0x66_22))
        var counts = Bytes(repeating: 0)
        var marks = SIMDMask<SIMD8<Int16>>(repeating: false)
        for vector in 0..<vectorsPerBlock {
            let at = 16 &* vector
            let here = unsafe block.loadUnaligned(fromByteOffset: at, as: Bytes.self)
            // A true lane is all ones, which is -1.
            counts &-= unsafe unsafeBitCast(here .== newline, to: Bytes.self)
            marks .|= unsafe unsafeBitCast(here, to: Pairs.self) .== key
            marks .|= unsafe block.loadUnaligned(fromByteOffset: at &+ 1, as: Pairs.self) .== key
        }
        let halves = unsafe unsafeBitCast(counts, to: SIMD2<UInt64>.self)
        let found = unsafe unsafeBitCast(marks, to: SIMD2<UInt64>.self)
        return (sum(halves[0] &+ halves[1]), found[0] | found[1] != 0)
    }

    /// The sum of eight bytes; it is below 2^16.
    @inline(__always)
    private static func sum(_ bytes: UInt64) -> Int {
        let pairs = (bytes & 0x00FF_00FF_00FF_00FF) &+ ((bytes &>> 8) & 0x00FF_00FF_00FF_00FF)
        return Int((pairs &* 0x0001_0001_0001_0001) &>> 48)
    }

    private static func findEach(
        _ content: UnsafeRawBufferPointer, _ range: Range<Int>, _ lines: inout Int,
        _ headers: inout [Start]
    ) {
        for at in range {
            switch unsafe content[at] {
            case 0x0A: lines &+= 1
            case UInt8(ascii: "\""):
                guard let start = unsafe brace(content, beforeKeyAt: at),
                    let line = unsafe lineStart(content, beforeBraceAt: start),
                    unsafe FrameHeader.isHeaderLine(content, at: start)
                else { break }
                headers.append(Start(offset: start, lineOffset: line, line: lines &+ 1))
            default: break
            }
        }
    }

    /// The `{` whose first key is at `key`; `nil` when the key is not the first.
    private static func brace(_ content: UnsafeRawBufferPointer, beforeKeyAt key: Int) -> Int? {
        var at = key &- 1
        while at >= 0, unsafe content[at] == 0x20 || content[at] == 0x09 { at &-= 1 }
        return unsafe at >= 0 && content[at] == UInt8(ascii: "{") ? at : nil
    }

    /// The start of the line that begins with the `{`; `nil` when no line does.
    private static func lineStart(
        _ content: UnsafeRawBufferPointer, beforeBraceAt brace: Int
    ) -> Int? {
        for start in [brace, brace &- ByteOrderMark.length] where start >= 0 {
            let isStart = unsafe start == 0 || content[start &- 1] == 0x0A
            if isStart, unsafe start == brace || ByteOrderMark.length(in: content, at: start) > 0 {
                return start
            }
        }
        return nil
    }
}
