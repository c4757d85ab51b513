import CZstd
import Glibc

/// Compresses the content of frames, with checksum and content size, as `docs/FORMAT.md` section 2
/// requires.
@safe package final class FrameEncoder {
    private let context: OpaquePointer?
    private var buffer: [UInt8] = []

    /// On event lines, level 1 is four times as fast as level 3, and its output a sixth larger.
    package static let compressionLevel: Int32 = 1
    /// Event lines repeat in long runs. Matches of at least seven bytes, zstd's choice for larger
    /// inputs, compress faster than five and give smaller frames, which also decompress faster.
    private static let minMatch: Int32 = 7
    private static let hashLog: Int32 = 14

    /// A larger buffer is freed after use. Enough for the frames of group commits.
    private static let maxKeptBytes = 2 << 20

    /// - Parameter hasChecksum: `false` for content that was never covered by a checksum, so that
    ///   readers count it as unchecked.
    package init(level: Int32 = compressionLevel, hasChecksum: Bool = true) {
        unsafe context = unsafe ZSTD_createCCtx()
        guard unsafe context != nil else { return }
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, hasChecksum ? 1 : 0)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        // Other levels keep zstd's own parameters.
        guard level == Self.compressionLevel else { return }
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, Self.minMatch)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, Self.hashLog)
    }

    deinit { unsafe ZSTD_freeCCtx(context) }

    /// Compresses the content into one frame.
    /// - Throws: when the content or the frame is larger than readers accept.
    package func frame(of content: [UInt8]) throws(LogError) -> [UInt8] {
        let result = unsafe content.withUnsafeBytes { content in
            Result { () throws(LogError) in
                unsafe try withFrame(of: content) { unsafe Array($0) }
            }
        }
        return try result.get()
    }

    /// Calls the body with one frame, whose memory is reused by the next call.
    /// - Throws: when the content or the frame is larger than readers accept; and what the body
    ///   throws.
    func withFrame<Value>(
        of content: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws(LogError) -> Value
    ) throws(LogError) -> Value {
        guard content.count <= LogLimits.maxFrameContentBytes else {
            throw .frameTooLarge(bytes: content.count, limit: LogLimits.maxFrameContentBytes)
        }
        // Out of memory: queued events wait, as they do for a full disk.
        guard unsafe context != nil else { throw .compressionFailed(code: Int(ENOMEM)) }
        let bound = ZSTD_compressBound(content.count)
        if buffer.count < bound { buffer = [UInt8](repeating: 0, count: bound) }
        // Free the buffer of an unusually large batch.
        defer { if bound > Self.maxKeptBytes { buffer = [] } }
        let size = unsafe buffer.withUnsafeMutableBytes { output in
            unsafe ZSTD_compress2(
                context, output.baseAddress, output.count, content.baseAddress, content.count)
        }
        guard ZSTD_isError(size) == 0 else { throw .compressionFailed(code: Int(size)) }
        guard size <= LogLimits.maxFrameBytes else {
            throw .frameTooLarge(bytes: size, limit: LogLimits.maxFrameBytes)
        }
        let result = unsafe buffer.withUnsafeBytes { frame in
            Result { () throws(LogError) in
                unsafe try body(UnsafeRawBufferPointer(rebasing: frame[..<size]))
            }
        }
        return try result.get()
    }
}
