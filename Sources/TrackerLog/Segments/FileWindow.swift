/// A buffer that slides over a file: bounded, whatever the size of the file.
///
/// Uses `pread`, never `mmap`: truncating a mapped file would kill the process with SIGBUS.
@safe final class FileWindow {
    private let file: any StorageFile
    /// The file size at the start: bytes appended later are left for the next reading.
    let size: Int
    private var buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var count = 0

    static let readAheadBytes = 1 << 20

    init(file: any StorageFile, size: Int) {
        self.file = file
        self.size = size
        unsafe buffer = .allocate(
            byteCount: min(size, Self.readAheadBytes) + Self.spareBytes, alignment: 16)
    }

    /// Behind the bytes of the file; one more for a newline that it lacks.
    private static let spareBytes = LineScanner.padding + 1

    /// The bytes from `offset` to the end of the file, and a newline.
    /// - Precondition: they are what the last call of `bytes` returned.
    func bytesWithNewline(from offset: Int) -> UnsafeRawBufferPointer {
        unsafe buffer[count] = 0x0A
        return unsafe UnsafeRawBufferPointer(rebasing: buffer[offset - start..<count + 1])
    }

    deinit { unsafe buffer.deallocate() }

    /// Bytes from `offset` on: at least `wanted`, or all up to `size`; often more. Valid until the
    /// next call, followed by `LineScanner.padding` readable bytes.
    func bytes(at offset: Int, wanted: Int) throws(StorageError) -> UnsafeRawBufferPointer {
        let wanted = min(wanted, size - offset)
        if offset < start || offset + wanted > start + count {
            try load(offset, wanted)
        }
        return unsafe UnsafeRawBufferPointer(rebasing: buffer[offset - start..<count])
    }

    private func load(_ offset: Int, _ wanted: Int) throws(StorageError) {
        let target = min(max(wanted, Self.readAheadBytes), size - offset)
        let isInside = offset >= start && offset < start + count
        let kept = isInside ? start + count - offset : 0
        let from = isInside ? offset - start : 0
        if unsafe target + Self.spareBytes > buffer.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: target + Self.spareBytes, alignment: 16)
            unsafe larger.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: buffer[from..<from + kept]))
            unsafe buffer.deallocate()
            unsafe buffer = unsafe larger
        } else if kept > 0, from > 0 {
            let tail = unsafe UnsafeRawBufferPointer(rebasing: buffer[from..<from + kept])
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<kept]).copyMemory(from: tail)
        }
        start = offset
        count = kept
        while count < target {
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count..<target])
            let got = try unsafe file.read(into: room, at: start + count)
            // The file was truncated meanwhile: return what is left.
            if got == 0 { break }
            count += got
        }
    }
}
