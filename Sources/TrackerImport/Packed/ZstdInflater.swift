import CZstd

/// zstd, of any number of frames one after the other.
@safe final class ZstdInflater: Inflater {
    private let stream: OpaquePointer
    private let output: UnsafeMutableRawBufferPointer
    private var input: [UInt8] = []
    private var position = 0
    private(set) var count = 0
    private(set) var isWhole = false
    private var wasFull = false

    init() throws(ImportError) {
        guard let stream = unsafe ZSTD_createDStream() else {
            throw .refused(
                format: "zstd", reason: "there is no memory to decompress it",
                advice: "Close other programs and try again.", place: nil)
        }
        unsafe self.stream = stream
        unsafe ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, ImportLimits.maxWindowLog)
        unsafe output = .allocate(byteCount: ImportLimits.pieceBytes, alignment: 16)
    }

    deinit {
        unsafe ZSTD_freeDStream(stream)
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

    /// - Returns: `nil` where nothing came out, as of an empty frame.
    private func step() -> InflateStep? {
        let (left, used, made) = unsafe input.withUnsafeBytes { buffer in
            var from = unsafe ZSTD_inBuffer(
                src: buffer.baseAddress, size: buffer.count, pos: position)
            var to = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            let left = unsafe ZSTD_decompressStream(stream, &to, &from)
            return unsafe (left, from.pos, to.pos)
        }
        guard ZSTD_isError(left) == 0 else {
            return .damaged(unsafe String(cString: ZSTD_getErrorName(left)))
        }
        position = used
        count = made
        isWhole = left == 0
        // At the end of a frame nothing waits in the decoder: asked again, it would begin another.
        unsafe wasFull = made == output.count && !isWhole
        return made > 0 ? .piece : nil
    }

    func withPiece(_ body: (ByteView) throws(ImportError) -> Void) throws(ImportError) {
        try unsafe body(ByteView(UnsafeRawBufferPointer(rebasing: output[..<count])))
    }
}
