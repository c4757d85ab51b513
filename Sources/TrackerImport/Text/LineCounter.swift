/// Counts the ends of lines as `LineSplitter` cuts them: LF, with CRs before it or not, or a CR
/// alone.
struct LineCounter {
    private var known = 0
    /// CRs of which it is not known yet whether an LF follows.
    private var returns = 0

    var ends: Int { known + returns }

    @inline(__always)
    mutating func take(_ byte: UInt8) {
        if byte == 0x0D {
            returns += 1
        } else if byte == 0x0A {
            (known, returns) = (known + 1, 0)
        } else if returns > 0 {
            (known, returns) = (known + returns, 0)
        }
    }
}
