import Glibc

/// A growing block of memory that holds texts one after another. Each may be over-read by eight
/// bytes.
@safe struct ByteArena: ~Copyable {
    /// Readable bytes after the last text: the scanner compares sixteen at a time.
    static let padding = 32

    /// A byte range of an arena.
    struct Piece {
        var offset: UInt32 = 0
        var count: UInt32 = 0
    }

    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        unsafe base = .allocate(capacity: capacity)
        unsafe base.initialize(repeating: 0, count: capacity)
    }

    deinit { unsafe base.deallocate() }

    mutating func clear() { count = 0 }

    mutating func append(_ bytes: UnsafePointer<UInt8>, count more: Int) -> Piece {
        reserve(more)
        unsafe (base + count).update(from: bytes, count: more)
        let piece = Piece(
            offset: UInt32(truncatingIfNeeded: count), count: UInt32(truncatingIfNeeded: more))
        count += more
        return piece
    }

    /// Counts bytes that the caller has already written at `base + count`.
    @inline(__always)
    mutating func take(_ more: Int) { count += more }

    /// Makes room for `more` bytes.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        let needed = count + more + Self.padding
        if needed > capacity { grow(needed) }
    }

    private mutating func grow(_ needed: Int) {
        capacity = max(2 * capacity, needed)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        unsafe larger.initialize(repeating: 0, count: capacity)
        unsafe larger.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = unsafe larger
    }

    @inline(__always)
    func start(of piece: Piece) -> UnsafePointer<UInt8> {
        unsafe UnsafePointer(base + Int(piece.offset))
    }

    /// Whether the bytes at the address equal the piece: see `Word.areSame` for how far it reads.
    @inline(__always)
    func isSame(_ piece: Piece, _ address: UnsafePointer<UInt8>) -> Bool {
        unsafe Word.areSame(start(of: piece), address, count: Int(piece.count))
    }
}
