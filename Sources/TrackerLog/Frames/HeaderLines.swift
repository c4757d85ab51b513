/// Where header lines begin in a frame's content, and how many lines there are.
///
/// All bytes of a log are looked at here once more before they are folded, so it goes sixteen at a
/// time. Newlines are only counted; what might be a header's key `"frame"` is rare in other lines,
/// and looked at byte by byte.
enum HeaderLines {
    struct Start {
        var offset: Int
        /// From 1.
        var line: Int
    }

    private typealias Bytes = SIMD16<UInt8>
    /// Two bytes each: `"f` begins at an even place or at an odd one.
    private typealias Pairs = SIMD8<UInt16>

    private static let vectorsPerBlock = 16
    private static let blockBytes = 16 * vectorsPerBlock

    static func find(_ content: UnsafeRawBufferPointer) -> (headers: [Start], lineCount: Int) {
        var headers: [Start] = []
        guard let base = content.baseAddress else { return (headers, 0) }
        var lines = 0
        var at = 0
        // One byte beyond the block is looked at.
        while at &+ blockBytes < content.count {
            let (newlines, isSuspect) = unsafe look(base + at)
            if isSuspect {
                unsafe findEach(content, at..<at &+ blockBytes, &lines, &headers)
            } else {
                lines &+= newlines
            }
            at &+= blockBytes
        }
        unsafe findEach(content, at..<content.count, &lines, &headers)
        return (headers, lines)
    }

    /// - Returns: how many newlines a block has, and whether `"f` stands in it.
    @inline(__always)
    private static func look(_ block: UnsafeRawPointer) -> (newlines: Int, isSuspect: Bool) {
        let newline = Bytes(repeating: 0x0A)
        let key = Pairs(repeating: UInt16(littleEndian: 0x66_22))
        var counts = Bytes(repeating: 0)
        var marks = SIMDMask<SIMD8<Int16>>(repeating: false)
        for vector in 0..<vectorsPerBlock {
            let at = 16 &* vector
            let here = unsafe block.loadUnaligned(fromByteOffset: at, as: Bytes.self)
            // True is all ones: minus one.
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
                guard let start = unsafe lineStart(content, beforeKeyAt: at),
                    unsafe FrameHeader.isHeaderLine(content, at: start)
                else { break }
                headers.append(Start(offset: start, line: lines &+ 1))
            default: break
            }
        }
    }

    /// Where a line begins whose first key does at `key`; `nil` when it is not a line's first.
    private static func lineStart(
        _ content: UnsafeRawBufferPointer, beforeKeyAt key: Int
    ) -> Int? {
        var at = key &- 1
        while at >= 0, unsafe content[at] == 0x20 || content[at] == 0x09 { at &-= 1 }
        guard at >= 0, unsafe content[at] == UInt8(ascii: "{"),
            unsafe at == 0 || content[at &- 1] == 0x0A
        else { return nil }
        return at
    }
}
