import Glibc

/// The lines of one frame, with space reserved in front for its header line, so that the frame's
/// content is contiguous without a copy.
/// ```
/// │  reserved for the header  │ line\n line\n line\n │  free  │
///                             room                   end      capacity
/// ```
///
/// Grows as needed and keeps its memory when it is emptied. Has one owner at a time: callers, under
/// the queue's lock, or the writing queue.
@safe final class LineBuffer: @unchecked Sendable {
    private var memory: UnsafeMutableRawBufferPointer
    /// The offset of the first line.
    private let room: Int
    /// The offset of the next line.
    private var end: Int
    private(set) var events = 0

    /// - Parameter headerRoom: bytes reserved for the header line.
    init(headerRoom: Int) {
        room = headerRoom
        end = headerRoom
        unsafe memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    deinit { unsafe memory.deallocate() }

    /// Small, because a program may have many writers that each write little; none before the first
    /// line.
    private static let firstBytes = 4096

    /// Bytes of the lines.
    var byteCount: Int { end - room }
    /// Bytes allocated.
    var capacity: Int { unsafe memory.count }

    /// Appends one event line, which includes its `\n`.
    func append(_ line: UnsafeRawBufferPointer) {
        guard let base = line.baseAddress else { return }
        reserve(line.count)
        unsafe memcpy(memory.baseAddress.unsafelyUnwrapped + end, base, line.count)
        end += line.count
        events += 1
    }

    /// Appends lines, each with its `\n`.
    func append(lines: UnsafeRawBufferPointer, count: Int) {
        unsafe append(lines)
        events += count - 1
    }

    /// Appends a header line, which is not counted as an event.
    func append(_ header: FrameHeader) {
        reserve(header.maxBytes)
        var cursor = unsafe ByteWriter(UnsafeMutableRawBufferPointer(rebasing: memory[end...]))
        header.write(to: &cursor)
        end += cursor.count
    }

    func append(linesOf other: LineBuffer) {
        unsafe other.withLines { unsafe append(lines: $0, count: other.events) }
    }

    /// Empties the buffer and frees its memory if it is larger than this.
    func release(above bytes: Int) {
        removeAll()
        guard capacity > bytes else { return }
        unsafe memory.deallocate()
        unsafe memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    /// Appends the event as a line.
    /// - Returns: `false`, with nothing appended, when the event is invalid.
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
            byteCount: max(
                needed, room + Self.firstBytes,
                min(2 * capacity, capacity + LogLimits.targetFrameContentBytes)),
            alignment: 1)
        if capacity > 0 {
            unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<end]))
        }
        unsafe memory.deallocate()
        unsafe memory = larger
    }

    func removeAll() {
        end = room
        events = 0
    }

    /// Calls the body with the header and the lines as contiguous bytes.
    /// - Returns: `nil`, without calling the body, when the header does not fit.
    func withContent<Value>(
        header: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Value
    ) -> Value? {
        guard header.count <= room, capacity >= room else { return nil }
        let start = room - header.count
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start..<room]).copyMemory(
            from: header)
        return unsafe body(UnsafeRawBufferPointer(rebasing: memory[start..<end]))
    }

    /// The lines alone.
    func withLines<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        guard capacity > 0 else {
            return unsafe body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        return unsafe body(UnsafeRawBufferPointer(rebasing: memory[room..<end]))
    }
}
