/// The magic numbers at the start of frames.
package enum MagicBytes {
    /// RFC 8878, section 3.1.1.
    package static let zstd: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    /// RFC 1952, section 2.3. The third byte is the method: deflate, the only one defined.
    package static let gzip: [UInt8] = [0x1F, 0x8B, 0x08]

    /// Whether the bytes begin with the magic number, or are a prefix of it.
    static func mayBegin(_ bytes: UnsafeRawBufferPointer, _ magic: [UInt8]) -> Bool {
        unsafe zip(bytes, magic).allSatisfy { $0 == $1 }
    }
}
