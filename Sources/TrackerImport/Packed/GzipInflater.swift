import CZlib

/// gzip, of any number of members one after the other.
@safe final class GzipInflater: Inflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableRawBufferPointer
    private var input: [UInt8] = []
    private var position = 0
    private(set) var count = 0
    /// Between two members, or before the first.
    private(set) var isWhole = false
    private var wasFull = false

    init() throws(ImportError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe output = .allocate(byteCount: ImportLimits.pieceBytes, alignment: 16)
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        // A window of 15 bits; adding 16 selects gzip.
        guard unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else {
            throw .refused(
                format: "gzip", reason: "there is no memory to decompress it",
                advice: "Close other programs and try again.", place: nil)
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe output.deallocate()
    }

    func give(_ bytes: ByteView) {
        input = bytes.array
        position = 0
    }

    func next() -> InflateStep {
        while position < input.count || wasFull {
            if let step = step() { return step }
        }
        return .needsInput
    }

    /// - Returns: `nil` where nothing came out, as of an empty member.
    private func step() -> InflateStep? {
        if isWhole, position < input.count {
            // Zeros after the last member are padding.
            while position < input.count, input[position] == 0 { position += 1 }
            guard position < input.count else { return .needsInput }
            unsafe inflateReset(stream)
            isWhole = false
        }
        let (outcome, used, made) = unsafe input.withUnsafeMutableBytes { buffer in
            let left = buffer.count - position
            unsafe stream.pointee.next_in = unsafe buffer.baseAddress.map {
                unsafe ($0 + position).assumingMemoryBound(to: UInt8.self)
            }
            unsafe stream.pointee.avail_in = UInt32(left)
            unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(
                to: UInt8.self)
            unsafe stream.pointee.avail_out = UInt32(output.count)
            let outcome = unsafe inflate(stream, Z_NO_FLUSH)
            return unsafe (
                outcome, left - Int(stream.pointee.avail_in),
                output.count - Int(stream.pointee.avail_out)
            )
        }
        position += used
        count = made
        unsafe wasFull = made == output.count
        switch outcome {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END:
            isWhole = true
            wasFull = false
        default: return .damaged("zlib error \(outcome)")
        }
        return made > 0 ? .piece : nil
    }

    func withPiece(_ body: (ByteView) throws(ImportError) -> Void) throws(ImportError) {
        try unsafe body(ByteView(UnsafeRawBufferPointer(rebasing: output[..<count])))
    }
}
