import Glibc
import TrackerLog

/// Lines of a descriptor, each of a bounded length.
struct MCPLines {
    enum Line: Equatable {
        case text([UInt8])
        /// A line that is too long: read to its end, and thrown away.
        case tooLong
        case end
    }

    private let descriptor: Int32
    private let limit: Int
    private var buffer: [UInt8] = []
    private var next = 0
    private var isEnded = false

    init(_ descriptor: Int32, limit: Int = MCPLimits.maxLineBytes) {
        self.descriptor = descriptor
        self.limit = limit
    }

    /// The next line without its end. The last one may have none.
    mutating func line() -> Line {
        var line: [UInt8] = []
        var isTooLong = false
        while true {
            let part = buffer[next...]
            let end = part.firstIndex(of: UInt8(ascii: "\n"))
            if !isTooLong { line += part[..<(end ?? part.endIndex)] }
            if line.count > limit {
                isTooLong = true
                line = []
            }
            if let end {
                next = end + 1
                return isTooLong ? .tooLong : .text(line)
            }
            (buffer, next) = ([], 0)
            if isEnded || !fill() {
                return isTooLong ? .tooLong : line.isEmpty ? .end : .text(line)
            }
        }
    }

    private mutating func fill() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe read(descriptor, &bytes, bytes.count)
            if count < 0 && errno == EINTR { continue }
            // A descriptor that cannot be read has no more lines either.
            guard count > 0 else {
                isEnded = true
                return false
            }
            buffer = Array(bytes[..<count])
            return true
        }
    }
}
