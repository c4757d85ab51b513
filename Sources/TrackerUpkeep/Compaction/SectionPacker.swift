import TrackerIndexer
import TrackerLog

/// Packs sections into frames of about `compactedFrameContentBytes`, in the order they come.
final class SectionPacker {
    private let encoder: FrameEncoder
    private var content: [UInt8] = []
    /// Receives each finished frame.
    private let sink: ([UInt8]) throws(UpkeepError) -> Void
    private(set) var frames = 0
    private(set) var bytes = 0

    /// Compacted segments are written once and read often, so slower compression pays: frames are
    /// an eighth smaller than at level 3.
    private static let level: Int32 = 6
    /// Histograms are written by who has no room.
    private static let thinningLevel: Int32 = 12

    /// - Parameter thins: whether the sections have histograms.
    init(thins: Bool, sink: @escaping ([UInt8]) throws(UpkeepError) -> Void) {
        encoder = FrameEncoder(level: thins ? Self.thinningLevel : Self.level)
        self.sink = sink
    }

    /// - Parameter section: whole lines, the first a header line.
    func add(_ section: [UInt8]) throws(UpkeepError) {
        let room = UpkeepLimits.compactedFrameContentBytes - content.count
        if section.count > room { try flush() }
        content.append(contentsOf: section)
        if content.count >= UpkeepLimits.compactedFrameContentBytes { try flush() }
    }

    func flush() throws(UpkeepError) {
        guard !content.isEmpty else { return }
        let frame: [UInt8]
        do throws(LogError) {
            frame = try encoder.frame(of: content)
        } catch {
            throw .session("cannot compact: \(error)")
        }
        content.removeAll(keepingCapacity: true)
        frames += 1
        bytes += frame.count
        try sink(frame)
    }

    /// Whether a frame can hold the section at all.
    static func fits(_ section: [UInt8]) -> Bool {
        guard section.count > LogLimits.maxFrameBytes else { return true }
        // try? is right here: only whether it fits matters, not why.
        return (try? FrameEncoder(level: level).frame(of: section)) != nil
    }
}

/// Gives lines without a header a header whose identity is derived from their file and block: two
/// compactions of the same file make the same sections.
struct BareLines {
    private let session: String
    private let file: String
    private let writer: String
    private var seq = 0
    private var lines: [UInt8] = []
    private var lineCount = 0
    private var block = -1

    /// Lines that begin in the same block of this many bytes become one section.
    private static let blockBytes = 64 << 10

    /// - Parameters:
    ///   - start: XXH64 of the file's first bytes. It tells apart files of the same name from two
    ///     machines.
    ///   - from: lines before this offset were compacted earlier.
    init(session: String, file: String, start: UInt64, from: Int) {
        self.session = session
        self.file = file
        writer = "\(file)@\(XXHash64.hex(start))" + (from > 0 ? ":\(from)" : "")
    }

    /// - Parameter position: offset of the first byte, in the file or in its frame.
    mutating func add(
        _ body: [UInt8], at position: Int, emit: (FrameHeader, [UInt8]) -> Void
    ) {
        var at = 0
        while at < body.count {
            let next = body[at...].firstIndex(of: 0x0A).map { $0 + 1 } ?? body.count
            let block = (position + at) / Self.blockBytes
            if block != self.block { end(emit: emit) }
            self.block = block
            lines.append(contentsOf: body[at..<next])
            lineCount += 1
            at = next
        }
    }

    /// Ends the current section.
    mutating func end(emit: (FrameHeader, [UInt8]) -> Void) {
        block = -1
        guard lineCount > 0 else { return }
        var header = FrameHeader(
            session: session, identity: FrameIdentity(writer: writer, seq: seq), events: lineCount)
        header.bareOf = file
        var section: [UInt8] = []
        header.write(to: &section)
        section += lines
        seq += 1
        lines.removeAll(keepingCapacity: true)
        lineCount = 0
        emit(header, section)
    }
}
