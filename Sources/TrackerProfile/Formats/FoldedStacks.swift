import Glibc
import TrackerLog

/// A line for each stack: its frames from the root on, separated by `;`, a blank and a number.
enum FoldedStacks: ProfileFormat {
    static let name = "folded stacks"
    static let advice = "Each line is like `main;serve;parse 12`."

    /// Lines that say what the file is: the first may be of another kind, or damaged.
    private static let judgedLines = 20

    static func recognises(_ bytes: [UInt8]) -> Bool {
        var (at, judged) = (0, 0)
        let lineEnd = lineEnd(of: bytes)
        while at < bytes.count, judged < judgedLines {
            let end = bytes[at...].firstIndex(of: lineEnd) ?? bytes.count
            if isStack(bytes[at..<end]) { return true }
            (at, judged) = (end + 1, judged + 1)
        }
        return false
    }

    /// A carriage return where there is nothing else.
    private static func lineEnd(of bytes: [UInt8]) -> UInt8 {
        bytes.contains(UInt8(ascii: "\n")) ? UInt8(ascii: "\n") : UInt8(ascii: "\r")
    }

    private static func isStack(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.first != UInt8(ascii: "#"),
            let blank = line.lastIndex(of: UInt8(ascii: " ")), blank > line.startIndex
        else { return false }
        let number = String(decoding: line[(blank + 1)...], as: UTF8.self)
        return Double(number.last == "\r" ? String(number.dropLast()) : number).map { $0 >= 0 }
            ?? false
    }

    static func read(_ bytes: [UInt8]) throws(ProfileError) -> ReadProfile {
        var reader = FoldedReader(lineEnd: lineEnd(of: bytes))
        let result = unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(ProfileError) in unsafe try reader.read(buffer) }
        }
        try result.get()
        var notes: [String] = []
        if let bad = reader.firstBad {
            notes.append(
                "\(reader.badLines) \(reader.badLines == 1 ? "line has" : "lines have") no stack"
                    + " and number, the first is line \(bad)")
        }
        return ReadProfile(tree: reader.builder.tree(unit: .samples), notes: notes)
    }
}

/// Lines are mostly sorted: the frames that a line has in common with the one before are not
/// looked up again.
private struct FoldedReader {
    let lineEnd: UInt8
    var builder = CallTreeBuilder()
    var badLines = 0
    var firstBad: Int?
    /// Of the line before: its bytes, and where each of its frames ends and at which node.
    private var before: Range<Int> = 0..<0
    private var frames: [(end: Int, node: Int)] = []

    init(lineEnd: UInt8) { self.lineEnd = lineEnd }

    mutating func read(_ bytes: UnsafeRawBufferPointer) throws(ProfileError) {
        guard let base = bytes.baseAddress else { return }
        var (at, number) = (0, 0)
        while at < bytes.count {
            let newline = unsafe memchr(base + at, Int32(lineEnd), bytes.count - at)
            let end = unsafe newline.map { unsafe UnsafeRawPointer($0) - base } ?? bytes.count
            number += 1
            unsafe try line(bytes, at..<end, number)
            at = end + 1
        }
    }

    private mutating func line(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ number: Int
    ) throws(ProfileError) {
        var end = range.upperBound
        while end > range.lowerBound, unsafe bytes[end - 1] <= 0x20 { end -= 1 }
        guard end > range.lowerBound, unsafe bytes[range.lowerBound] != UInt8(ascii: "#") else {
            return
        }
        var blank = end - 1
        while blank > range.lowerBound, unsafe bytes[blank] != 0x20 { blank -= 1 }
        guard blank > range.lowerBound, let value = unsafe Self.number(bytes, blank + 1..<end)
        else {
            badLines += 1
            firstBad = firstBad ?? number
            return
        }
        while blank > range.lowerBound, unsafe bytes[blank - 1] == 0x20 { blank -= 1 }
        let stack = range.lowerBound..<blank
        unsafe keepCommonFrames(bytes, stack)
        var at = stack.lowerBound + (frames.last.map { $0.end + 1 } ?? 0)
        while at <= stack.upperBound {
            var next = at
            while next < stack.upperBound, unsafe bytes[next] != UInt8(ascii: ";") { next += 1 }
            let name = unsafe UnsafeRawBufferPointer(rebasing: bytes[at..<next])
            let node = unsafe try builder.node(
                builder.function(name), below: frames.last?.node ?? CallTreeBuilder.root)
            frames.append((next - stack.lowerBound, node))
            at = next + 1
        }
        before = stack
        builder.add(value, at: frames.last?.node ?? CallTreeBuilder.root)
    }

    /// Leaves those frames of the line before that this one begins with.
    private mutating func keepCommonFrames(
        _ bytes: UnsafeRawBufferPointer, _ stack: Range<Int>
    ) {
        var common = 0
        let most = min(before.count, stack.count)
        while common < most,
            unsafe bytes[before.lowerBound + common] == bytes[stack.lowerBound + common]
        { common += 1 }
        // A frame is the same only up to its end in both lines.
        let endsHere =
            unsafe common == stack.count
            || (common < stack.count && bytes[stack.lowerBound + common] == UInt8(ascii: ";"))
        while let last = frames.last, last.end > common || (last.end == common && !endsHere) {
            frames.removeLast()
        }
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Double? {
        guard range.count <= 24 else { return nil }
        let text = unsafe String(decoding: bytes[range], as: UTF8.self)
        guard let value = UInt64(text).map({ Double($0) }) ?? Double(text), value.isFinite,
            value >= 0
        else { return nil }
        return value
    }
}
