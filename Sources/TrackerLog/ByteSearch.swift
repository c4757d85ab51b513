import Glibc

/// Where `byte` is first; `nil` when nowhere.
@inline(__always)
func firstIndex(of byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let found = unsafe memchr(base, Int32(byte), bytes.count)
    else {
        return nil
    }
    return unsafe UnsafeRawPointer(found) - base
}
