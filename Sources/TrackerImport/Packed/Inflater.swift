enum InflateStep {
    /// Content waits in the inflater.
    case piece
    case needsInput
    case damaged(String)
}

/// Decompresses step by step: input is given as a whole and used up by `next`.
protocol Inflater: AnyObject {
    /// Whether the input so far ends with a whole frame or member.
    var isWhole: Bool { get }
    /// Bytes of the piece that waits.
    var count: Int { get }
    func give(_ bytes: ByteView)
    func next() -> InflateStep
    func withPiece(_ body: (ByteView) throws(ImportError) -> Void) throws(ImportError)
}
