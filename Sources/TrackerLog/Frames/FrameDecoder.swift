import CZlib
import CZstd

/// Decompresses zstd frames and gzip members into one buffer that is reused.
///
/// The buffer has the largest allowed content size; pages that were never touched cost no memory.
@safe final class FrameDecoder {
    private let zstd: OpaquePointer?
    private let buffer: UnsafeMutableRawPointer
    /// The cost of the last attempt to read a piece, in bytes examined or produced. Depends on the
    /// bytes alone.
    var effort = 0
    /// The cost of a zstd frame that fails only while it is decompressed.
    private static let failureEffort = 64 << 10
    /// The least cost of a gzip member: each needs a new window.
    private static let memberEffort = 4 << 10

    init() {
        unsafe zstd = unsafe ZSTD_createDCtx()
        unsafe buffer = .allocate(
            byteCount: LogLimits.maxFrameContentBytes + 1 + LineScanner.padding, alignment: 16)
    }

    /// The content that was decompressed last, and a newline.
    func contentWithNewline(_ count: Int) -> UnsafeRawBufferPointer {
        unsafe buffer.storeBytes(of: 0x0A, toByteOffset: count, as: UInt8.self)
        return unsafe UnsafeRawBufferPointer(start: buffer, count: count + 1)
    }

    deinit {
        unsafe ZSTD_freeDCtx(zstd)
        unsafe buffer.deallocate()
    }

    @safe enum Outcome {
        /// Valid until the next call, followed by `LineScanner.padding` readable bytes.
        case content(UnsafeRawBufferPointer)
        case failed(BadRegion.Reason)
    }

    /// Decompresses one whole zstd frame and verifies its checksum, if it has one.
    func zstdContent(of frame: UnsafeRawBufferPointer) -> Outcome {
        let size = unsafe ZSTD_decompressDCtx(
            zstd, buffer, LogLimits.maxFrameContentBytes, frame.baseAddress, frame.count)
        guard ZSTD_isError(size) == 0 else {
            effort += Self.failureEffort
            switch ZSTD_getErrorCode(size) {
            case ZSTD_error_checksum_wrong: return .failed(.checksum)
            case ZSTD_error_dstSize_tooSmall: return .failed(.tooLarge)
            case ZSTD_error_memory_allocation: return .failed(.unsupported)
            default: return .failed(.corrupt)
            }
        }
        return unsafe .content(UnsafeRawBufferPointer(start: buffer, count: size))
    }

    /// Why the beginning of a zstd frame can never become a readable one, whatever follows: what it
    /// holds does not decompress, or is too much already. `nil` while it may.
    func refusal(ofZstdBeginning bytes: UnsafeRawBufferPointer) -> BadRegion.Reason? {
        // Not the context of whole frames: one that has streamed keeps its window in memory.
        guard let stream = unsafe ZSTD_createDStream() else { return nil }
        defer { unsafe ZSTD_freeDStream(stream) }
        var input = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        var output = unsafe ZSTD_outBuffer(dst: buffer, size: Self.roomBytes, pos: 0)
        while unsafe input.pos < input.size && output.pos < output.size {
            let left = unsafe ZSTD_decompressStream(stream, &output, &input)
            guard ZSTD_isError(left) == 0 else {
                return ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation ? nil : .corrupt
            }
            if left == 0 { break }
        }
        // Frames without a stated size have the largest number here.
        let stated = unsafe ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count)
        guard unsafe UInt64(output.pos) <= stated else { return .corrupt }
        return unsafe output.pos > LogLimits.maxFrameContentBytes ? .tooLarge : nil
    }

    /// One byte more than allowed: content of exactly the largest size is not too much.
    private static let roomBytes = LogLimits.maxFrameContentBytes + 1

    @safe enum GzipExtent {
        /// The member's length; its content is valid until the next call.
        case whole(length: Int, content: UnsafeRawBufferPointer)
        case incomplete
        case invalid(BadRegion.Reason)
    }

    /// Decompresses the gzip member at the start of `bytes` and verifies its CRC.
    func gzipMember(at bytes: UnsafeRawBufferPointer) -> GzipExtent {
        effort = 0
        guard unsafe MagicBytes.mayBegin(bytes, MagicBytes.gzip) else {
            return .invalid(.notAFrame)
        }
        var stream = unsafe z_stream()
        // A window of 15 bits; adding 16 selects gzip.
        let opened = unsafe inflateInit2_(
            &stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { return .invalid(.unsupported) }
        defer { unsafe inflateEnd(&stream) }
        let input = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.next_in = unsafe UnsafeMutablePointer(mutating: input)
        unsafe stream.avail_in = UInt32(bytes.count)
        unsafe stream.next_out = unsafe buffer.assumingMemoryBound(to: UInt8.self)
        unsafe stream.avail_out = UInt32(Self.roomBytes)
        let outcome = unsafe inflate(&stream, Z_FINISH)
        effort = unsafe Self.memberEffort + Int(stream.total_out)
        guard unsafe stream.total_out <= UInt(LogLimits.maxFrameContentBytes) else {
            return .invalid(.tooLarge)
        }
        switch outcome {
        case Z_STREAM_END:
            return unsafe .whole(
                length: bytes.count - Int(stream.avail_in),
                content: UnsafeRawBufferPointer(start: buffer, count: Int(stream.total_out)))
        case Z_BUF_ERROR, Z_OK: return .incomplete
        default: return .invalid(.corrupt)
        }
    }
}
