import CZstd

/// Stores a text as one checksummed zstd frame: for files that are read and replaced as a whole.
public enum ZstdText {
    /// On the numbers in states, level 1 is faster than zstd's default of 3 and the output is no
    /// larger.
    private static let level: Int32 = 1

    /// - Returns: `nil` when zstd runs out of memory.
    public static func compress(_ text: [UInt8]) -> [UInt8]? { compress(text, level: level) }

    /// - Parameter level: of zstd: 1 is fast, 19 small.
    /// - Returns: `nil` when zstd runs out of memory.
    package static func compress(_ text: [UInt8], level: Int32) -> [UInt8]? {
        let context = unsafe ZSTD_createCCtx()
        defer { unsafe ZSTD_freeCCtx(context) }
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        var isWhole = false
        let bound = ZSTD_compressBound(text.count)
        let frame = unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            let size = unsafe text.withUnsafeBytes { input in
                unsafe ZSTD_compress2(
                    context, output.baseAddress, output.count, input.baseAddress, input.count)
            }
            isWhole = ZSTD_isError(size) == 0
            count = isWhole ? size : 0
        }
        return isWhole ? frame : nil
    }

    /// - Parameter limit: the largest allowed size of the text, in bytes.
    /// - Returns: `nil` unless the input is exactly one whole frame with checksum and content size.
    public static func decompress(_ frame: [UInt8], limit: Int) -> [UInt8]? {
        unsafe frame.withUnsafeBytes { input -> [UInt8]? in
            let claimed = unsafe ZSTD_getFrameContentSize(input.baseAddress, input.count)
            let length = unsafe ZSTD_findFrameCompressedSize(input.baseAddress, input.count)
            // The two largest values mean "unknown" and "error".
            guard claimed <= UInt64(limit), length == input.count, input.count >= 5,
                unsafe input[4] & 0x04 != 0
            else { return nil }
            var isWhole = false
            // At least one byte: empty arrays share one static storage, and `count` would be
            // written to it.
            let room = max(1, Int(claimed))
            let text = unsafe [UInt8](unsafeUninitializedCapacity: room) { output, count in
                let size = unsafe ZSTD_decompress(
                    output.baseAddress, output.count, input.baseAddress, input.count)
                isWhole = ZSTD_isError(size) == 0 && size == Int(claimed)
                count = isWhole ? size : 0
            }
            return isWhole ? text : nil
        }
    }

    /// The length of the frame at the start of the bytes.
    /// - Returns: `nil` when there is no whole frame.
    public static func frameLength(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let length = unsafe ZSTD_findFrameCompressedSize(bytes.baseAddress, bytes.count)
        return ZSTD_isError(length) == 0 ? length : nil
    }
}
