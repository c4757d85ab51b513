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
            byteCount: LogLimits.maxFrameContentBytes + LineScanner.padding, alignment: 16)
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
        unsafe stream.avail_out = UInt32(LogLimits.maxFrameContentBytes)
        let outcome = unsafe inflate(&stream, Z_FINISH)
        effort = unsafe Self.memberEffort + Int(stream.total_out)
        switch outcome {
        case Z_STREAM_END:
            return unsafe .whole(
                length: bytes.count - Int(stream.avail_in),
                content: UnsafeRawBufferPointer(start: buffer, count: Int(stream.total_out)))
        case Z_BUF_ERROR, Z_OK:
            return unsafe stream.avail_out == 0 ? .invalid(.tooLarge) : .incomplete
        default:
            return .invalid(.corrupt)
        }
    }
}
