import Glibc

/// Lines on their way to becoming one frame, behind room for the header line that will go before
/// them: so that the frame's content stands in one piece without being copied.
///
/// Grows as lines come, keeps its memory when it is emptied. One side at a time has it: callers
/// under the queue's lock, or the writing queue.
@safe final class LineBuffer: @unchecked Sendable {
    private var memory: UnsafeMutableRawBufferPointer
    /// Where the lines begin.
    private let room: Int
    /// Where the next line goes.
    private var end: Int
    private(set) var events = 0

    /// - Parameter headerRoom: bytes that the header line may have.
    init(headerRoom: Int) {
        room = headerRoom
        end = headerRoom
        unsafe memory = .allocate(byteCount: headerRoom + Self.firstBytes, alignment: 1)
    }

    deinit { unsafe memory.deallocate() }

    /// Small, because a program may have many writers that write little.
    private static let firstBytes = 4096

    /// Of the lines.
    var byteCount: Int { end - room }
    /// What it holds in memory.
    var capacity: Int { unsafe memory.count }

    /// Adds a line with its `\n`.
    func append(_ line: UnsafeRawBufferPointer) {
        guard let base = line.baseAddress else { return }
        reserve(line.count)
        unsafe memcpy(memory.baseAddress.unsafelyUnwrapped + end, base, line.count)
        end += line.count
        events += 1
    }

    /// Adds a header line; it is no event.
    func append(_ header: FrameHeader) {
        reserve(header.maxBytes)
        var cursor = unsafe ByteWriter(UnsafeMutableRawBufferPointer(rebasing: memory[end...]))
        header.write(to: &cursor)
        end += cursor.count
    }

    func append(linesOf other: LineBuffer) {
        unsafe other.withLines { unsafe append($0) }
        events += other.events - 1
    }

    /// Empties it, and lets go of its memory when it is more than this.
    func release(above bytes: Int) {
        removeAll()
        guard capacity > bytes else { return }
        unsafe memory.deallocate()
        unsafe memory = .allocate(byteCount: room + Self.firstBytes, alignment: 1)
    }

    /// Adds the event as a line.
    /// - Returns: `false`, with nothing added, when it is none.
    func append(_ event: Event) -> Bool {
        var bytes = Self.usualLineBytes
        while true {
            reserve(bytes)
            var cursor = unsafe ByteWriter(UnsafeMutableRawBufferPointer(rebasing: memory[end...]))
            switch EventEncoder.encode(event, to: &cursor) {
            case .line:
                end += cursor.count
                events += 1
                return true
            case .refused: return false
            case .noRoom: bytes = capacity - end + EventEncoder.maxBytes
            }
        }
    }

    private static let usualLineBytes = 512

    private func reserve(_ bytes: Int) {
        let needed = end + bytes
        guard needed > capacity else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(needed, min(2 * capacity, capacity + LogLimits.targetFrameContentBytes)),
            alignment: 1)
        unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<end]))
        unsafe memory.deallocate()
        unsafe memory = larger
    }

    func removeAll() {
        end = room
        events = 0
    }

    /// Calls the body with the header and the lines in one piece.
    /// - Returns: `nil`, without having called it, when the header is longer than its room.
    func withContent<Value>(
        header: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Value
    ) -> Value? {
        guard header.count <= room else { return nil }
        let start = room - header.count
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start..<room]).copyMemory(
            from: header)
        return unsafe body(UnsafeRawBufferPointer(rebasing: memory[start..<end]))
    }

    /// The lines alone.
    func withLines<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        unsafe body(UnsafeRawBufferPointer(rebasing: memory[room..<end]))
    }
}
