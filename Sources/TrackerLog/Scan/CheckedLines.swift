/// Lines of a text from another program, checked one by one: those that are events go to the log as
/// they are, with every field, and the others are named with their number.
///
/// What a text becomes depends on nothing but its bytes: sent again, it makes the same frames.
package struct CheckedLines: Sendable {
    /// A line that is not an event.
    package struct Refused: Sendable, Equatable {
        /// From 1.
        package let line: Int
        package let reason: String
    }

    /// The lines of one frame each; none is empty.
    let frames: [LineBuffer]
    package let count: Int
    package let bytes: Int
    /// The first of them.
    package let refused: [Refused]
    package let refusedCount: Int

    /// - Parameters:
    ///   - text: lines, each with its `\n`, which the last may lack. Empty ones are left out.
    ///   - most: so many refused lines are listed.
    package init(checking text: [UInt8], listing most: Int) {
        var checker = LineChecker(most: most)
        var text = text
        let length = text.last == 0x0A ? text.count : text.count + 1
        if length > text.count { text.append(0x0A) }
        text.append(contentsOf: repeatElement(0, count: LineScanner.padding))
        // Some editors begin a file with U+FEFF.
        let start = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        unsafe text.withUnsafeBytes { bytes in
            unsafe checker.check(UnsafeRawBufferPointer(rebasing: bytes[start..<length]))
        }
        checker.endFrame()
        frames = checker.frames
        count = frames.reduce(0) { $0 + $1.events }
        bytes = frames.reduce(0) { $0 + $1.byteCount }
        refused = checker.refused
        refusedCount = checker.refusedCount
    }

    package var frameCount: Int { frames.count }

    /// For those who take events alone.
    package var events: [Event] {
        frames.flatMap { frame in
            unsafe frame.withLines { lines in
                unsafe lines.split(separator: 0x0A).compactMap { line in
                    // try? is right here: every line was parsed before.
                    try? unsafe EventParser.parse(UnsafeRawBufferPointer(rebasing: line))
                }
            }
        }
    }
}

private struct LineChecker: ~Copyable {
    private(set) var frames: [LineBuffer] = []
    private(set) var refused: [CheckedLines.Refused] = []
    private(set) var refusedCount = 0
    private let most: Int
    private let scanner = LineScanner()
    private var frame = LineBuffer(headerRoom: headerRoom)
    /// Accepted lines that are not copied yet.
    private var accepted = 0..<0
    private var acceptedCount = 0

    /// For the header line of an id of the usual length; a longer one costs a copy.
    private static let headerRoom = 512
    /// Few enough to stay in the L1 cache.
    private static let batch = 128

    init(most: Int) { self.most = most }

    mutating func check(_ content: UnsafeRawBufferPointer) {
        // A line that a reader would take for the header of a frame must not get into one.
        var headers = unsafe HeaderLines.find(content).headers.map(\.line)[...]
        var (offset, number) = (0, 0)
        unsafe withUnsafeTemporaryAllocation(of: ScannedLine.self, capacity: Self.batch) { lines in
            unsafe lines.initialize(repeating: ScannedLine())
            while offset < content.count {
                let count = unsafe scanner.scan(content, from: &offset, into: lines)
                for index in 0..<count {
                    number += 1
                    let line = unsafe lines[index]
                    if headers.first == number {
                        headers.removeFirst()
                        refuse(number, "a line whose first field is frame is the log's own")
                    } else if line.kind == .sample {
                        unsafe accept(line.line.range, of: content)
                    } else {
                        unsafe parse(line.line.range, number, of: content)
                    }
                }
            }
        }
        unsafe copy(from: content)
    }

    private mutating func parse(
        _ range: Range<Int>, _ number: Int, of content: UnsafeRawBufferPointer
    ) {
        do throws(LineError) {
            _ = try unsafe EventParser.parse(UnsafeRawBufferPointer(rebasing: content[range]))
            unsafe accept(range, of: content)
        } catch {
            // An empty line is no event and no mistake.
            if error != .empty { refuse(number, error.rawValue) }
        }
    }

    private mutating func refuse(_ line: Int, _ reason: String) {
        refusedCount += 1
        if refused.count < most { refused.append(.init(line: line, reason: reason)) }
    }

    /// - Parameter line: without its `\n`.
    private mutating func accept(_ line: Range<Int>, of content: UnsafeRawBufferPointer) {
        let isNext = line.lowerBound == accepted.upperBound
        let held = frame.byteCount + accepted.count
        if !isNext { unsafe copy(from: content) }
        if held > 0, held + line.count + 1 > LogLimits.targetFrameContentBytes {
            unsafe copy(from: content)
            endFrame()
        }
        let start = acceptedCount == 0 ? line.lowerBound : accepted.lowerBound
        accepted = start..<line.upperBound + 1
        acceptedCount += 1
    }

    private mutating func copy(from content: UnsafeRawBufferPointer) {
        guard acceptedCount > 0 else { return }
        unsafe frame.append(
            lines: UnsafeRawBufferPointer(rebasing: content[accepted]), count: acceptedCount)
        (accepted, acceptedCount) = (accepted.upperBound..<accepted.upperBound, 0)
    }

    mutating func endFrame() {
        guard frame.events > 0 else { return }
        frames.append(frame)
        frame = LineBuffer(headerRoom: Self.headerRoom)
    }
}
