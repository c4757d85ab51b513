import CZlib
import CZstd

/// A zstd frame or gzip member of any size, decompressed in pieces.
///
/// The segment reader decompresses frames within the format's limits as a whole. This one handles
/// frames that it refuses, and frames whose end is missing.
@safe struct StreamedFrame {
    enum Kind {
        case zstd, gzip
    }

    enum End: Equatable {
        /// The frame is whole; `isChecked` when its checksum matches the content.
        case whole(length: Int, isChecked: Bool)
        /// The data ends before the frame does.
        case cut
        /// It does not decompress, its checksum does not match, or it exceeds the limit.
        case failed
    }

    struct Reading {
        var end: End
        /// Bytes read plus bytes produced.
        var effort = 0
    }

    let file: any StorageFile
    let kind: Kind
    /// From the frame's first byte to the latest possible end.
    let bytes: Range<Int>

    /// - Parameter take: receives the content in pieces.
    func read(_ take: (UnsafeRawBufferPointer) -> Void) throws(StorageError) -> Reading {
        switch kind {
        case .zstd: try unsafe zstd(take)
        case .gzip: try unsafe gzip(take)
        }
    }

    private func zstd(_ take: (UnsafeRawBufferPointer) -> Void) throws(StorageError) -> Reading {
        let stream = unsafe ZSTD_createDStream()
        defer { unsafe ZSTD_freeDStream(stream) }
        unsafe ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, SalvageLimits.maxWindowLog)
        let (input, output) = unsafe Self.buffers()
        defer {
            unsafe input.deallocate()
            unsafe output.deallocate()
        }
        var result = Reading(end: .failed)
        var at = bytes.lowerBound
        var isChecked = false
        var made = 0
        while true {
            let count = try unsafe fill(input, at)
            guard count > 0 else {
                result.end = .cut
                return result
            }
            if at == bytes.lowerBound, count > 4 { isChecked = unsafe input[4] & 0x04 != 0 }
            var from = unsafe ZSTD_inBuffer(src: input.baseAddress, size: count, pos: 0)
            var isFull = true
            // A full output buffer may mean that more output is pending without new input.
            while unsafe from.pos < from.size || isFull {
                var to = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
                let left = unsafe ZSTD_decompressStream(stream, &to, &from)
                guard ZSTD_isError(left) == 0 else { return result }
                unsafe take(UnsafeRawBufferPointer(rebasing: output[..<to.pos]))
                unsafe made += to.pos
                unsafe isFull = to.pos == to.size
                if left == 0 {
                    let length = unsafe at + from.pos - bytes.lowerBound
                    unsafe result.effort += from.pos
                    result.end = .whole(length: length, isChecked: isChecked)
                    return result
                }
                guard made <= SalvageLimits.maxFrameContentBytes else { return result }
            }
            at += count
            result.effort = at - bytes.lowerBound + made
        }
    }

    private func gzip(_ take: (UnsafeRawBufferPointer) -> Void) throws(StorageError) -> Reading {
        var result = Reading(end: .failed)
        var stream = unsafe z_stream()
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        // A window of 15 bits; adding 16 selects gzip.
        guard unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else {
            return result
        }
        defer { unsafe inflateEnd(&stream) }
        let (input, output) = unsafe Self.buffers()
        defer {
            unsafe input.deallocate()
            unsafe output.deallocate()
        }
        var at = bytes.lowerBound
        while true {
            let count = try unsafe fill(input, at)
            guard count > 0 else {
                result.end = .cut
                return result
            }
            unsafe stream.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe stream.avail_in = UInt32(count)
            repeat {
                unsafe stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe stream.avail_out = UInt32(output.count)
                let outcome = unsafe inflate(&stream, Z_NO_FLUSH)
                guard [Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(outcome) else { return result }
                let made = unsafe output.count - Int(stream.avail_out)
                unsafe take(UnsafeRawBufferPointer(rebasing: output[..<made]))
                result.effort += made
                if outcome == Z_STREAM_END {
                    let length = unsafe at + count - Int(stream.avail_in) - bytes.lowerBound
                    result.end = .whole(length: length, isChecked: true)
                    return result
                }
                guard unsafe stream.total_out <= UInt(SalvageLimits.maxFrameContentBytes) else {
                    return result
                }
            } while unsafe stream.avail_in > 0 || stream.avail_out == 0
            at += count
            result.effort += count
        }
    }

    private static func buffers() -> (UnsafeMutableRawBufferPointer, UnsafeMutableRawBufferPointer)
    {
        (
            .allocate(byteCount: SalvageLimits.inputBytes, alignment: 16),
            .allocate(byteCount: ZSTD_DStreamOutSize(), alignment: 16)
        )
    }

    /// - Returns: the number of bytes read; 0 at the end.
    private func fill(
        _ buffer: UnsafeMutableRawBufferPointer, _ at: Int
    ) throws(StorageError) -> Int {
        let wanted = min(buffer.count, bytes.upperBound - at)
        guard wanted > 0 else { return 0 }
        return try unsafe file.read(
            into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: at)
    }
}
