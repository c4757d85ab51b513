import CZlib
import CZstd

/// Turns compressed frames and gzip members into text, in one buffer that is used again and again.
///
/// The buffer is as large as a frame may become; pages that no frame reached cost nothing.
@safe final class FrameDecoder {
    private let zstd: OpaquePointer?
    private let buffer: UnsafeMutableRawPointer
    /// What the last try to read a piece has cost, in bytes looked at or made. The same bytes cost
    /// the same.
    var effort = 0
    /// What a zstd frame costs that had to be decompressed to be refused.
    private static let failureEffort = 64 << 10
    /// What a gzip member costs at least: a window is made for each.
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
        /// Valid until the next call. `LineScanner.padding` bytes behind it may be read.
        case content(UnsafeRawBufferPointer)
        case failed(BadRegion.Reason)
    }

    /// Decompresses one whole zstd frame and checks its checksum, where it has one.
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

    /// Decompresses one gzip member at the start of `bytes` and checks its CRC.
    func gzipMember(at bytes: UnsafeRawBufferPointer) -> GzipExtent {
        effort = 0
        guard unsafe MagicBytes.mayBegin(bytes, MagicBytes.gzip) else {
            return .invalid(.notAFrame)
        }
        var stream = unsafe z_stream()
        // 15 bits of window, and 16 to ask for gzip.
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
