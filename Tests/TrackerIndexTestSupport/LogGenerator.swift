package import TrackerLog
package import TrackerTestSupport

/// A session as writers, crashes and accidents leave it, all of it from one seed.
package struct GeneratedLog {
    /// One append: a header with the lines it speaks for, or lines without one.
    package struct Section {
        package var identity: FrameIdentity?
        var lines: [String]

        package init(identity: FrameIdentity? = nil, lines: [String]) {
            self.identity = identity
            self.lines = lines
        }

        package func bytes(session: String) -> [UInt8] {
            var bytes: [UInt8] = []
            if let identity {
                FrameHeader(session: session, identity: identity, events: lines.count)
                    .write(to: &bytes)
            }
            for line in lines { bytes += Array(line.utf8) + [0x0A] }
            return bytes
        }
    }

    /// A file, as the bytes of one append after the other.
    package struct File {
        package var name: String
        package var appends: [[UInt8]]
        package var bytes: [UInt8] { appends.flatMap { $0 } }

        package init(name: String, appends: [[UInt8]]) {
            self.name = name
            self.appends = appends
        }
    }

    package static let session = "s 1"

    package var sections: [Section] = []
    package var files: [File] = []
    /// Whether a frame is in two files: which of them is read first then decides where a bad line
    /// in it is said to be.
    package var hasSharedFrames = false

    package init(seed: UInt64, isDamaged: Bool = true) {
        var generator = SeededGenerator(seed: seed)
        var lines = EventLineGenerator(generator: SeededGenerator(seed: seed ^ 0x5EED))
        for index in 0..<Int.random(in: 1...4, using: &generator) {
            let own = Self.sections(writer: Self.writer(index), &lines, &generator)
            sections += own
            files += Self.files(own, writer: Self.writer(index), &generator)
        }
        if Int.random(in: 0..<3, using: &generator) == 0 {
            let bare = (0..<3).map { _ in Section(lines: lines.some(upTo: 4)) }
            sections += bare
            files.append(Self.file("shared.000001.jsonl.zst", bare, &generator))
        }
        shareFrames(&lines, &generator)
        for index in files.indices where isDamaged && Int.random(in: 0..<3, using: &generator) == 0
        {
            Self.damage(&files[index], &generator)
        }
    }

    package static func writer(_ index: Int) -> String { "00000000000000a\(index)" }

    private static func sections(
        writer: String, _ lines: inout EventLineGenerator, _ generator: inout SeededGenerator
    ) -> [Section] {
        var seq = Int.random(in: 0...1, using: &generator)
        return (0..<Int.random(in: 1...7, using: &generator)).map { _ in
            defer { seq += Int.random(in: 0..<8, using: &generator) == 0 ? 2 : 1 }
            return Section(
                identity: FrameIdentity(writer: writer, seq: seq), lines: lines.some(upTo: 8))
        }
    }

    /// The writer's sections in one to three segments of any encoding.
    private static func files(
        _ sections: [Section], writer: String, _ generator: inout SeededGenerator
    ) -> [File] {
        var rest = sections[...]
        var files: [File] = []
        while !rest.isEmpty {
            let count = Int.random(in: 1...max(1, sections.count), using: &generator)
            let endings = ["jsonl.zst", "jsonl.zst", "jsonl.gz", "jsonl"]
            let ending = endings[Int.random(in: 0..<4, using: &generator)]
            let name = "\(writer).00000\(files.count + 1).\(ending)"
            files.append(file(name, Array(rest.prefix(count)), &generator))
            rest = rest.dropFirst(count)
        }
        return files
    }

    /// The sections in frames of one or more.
    package static func file(
        _ name: String, _ sections: [Section], _ generator: inout SeededGenerator
    ) -> File {
        var file = File(name: name, appends: [])
        var content: [UInt8] = []
        for (index, section) in sections.enumerated() {
            content += section.bytes(session: session)
            let isLast = index == sections.count - 1
            guard isLast || Int.random(in: 0..<3, using: &generator) > 0 else { continue }
            file.appends.append(encode(content, as: name, &generator))
            content = []
        }
        return file
    }

    private static func encode(
        _ content: [UInt8], as name: String, _ generator: inout SeededGenerator
    ) -> [UInt8] {
        if name.hasSuffix(".jsonl") { return content }
        if name.hasSuffix(".gz") { return SegmentBuilder.gzipMember(content) }
        return switch Int.random(in: 0..<6, using: &generator) {
        case 0: SegmentBuilder.storedFrame(content, hasChecksum: false)
        case 1: SegmentBuilder.storedFrame(content)
        default: SegmentBuilder.frame(content)
        }
    }

    /// Frames again in another file, some with other lines under the same identity.
    private mutating func shareFrames(
        _ lines: inout EventLineGenerator, _ generator: inout SeededGenerator
    ) {
        var again = sections.filter { $0.identity != nil }.filter { _ in
            Int.random(in: 0..<6, using: &generator) == 0
        }
        guard !again.isEmpty else { return }
        hasSharedFrames = true
        for index in again.indices where Int.random(in: 0..<3, using: &generator) == 0 {
            again[index].lines = lines.some(upTo: 3)
        }
        files.append(
            Self.file(
                "00000000000000ff.000001.jsonl.zst", again.shuffled(using: &generator), &generator))
    }

    /// What a crash, a disk or an accident does to a file.
    private static func damage(_ file: inout File, _ generator: inout SeededGenerator) {
        let at = Int.random(in: file.appends.indices, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            let count = file.appends[at].count
            file.appends[at].removeLast(Int.random(in: 0..<count, using: &generator))
        case 1:
            let bit = Int.random(in: 0..<file.appends[at].count * 8, using: &generator)
            file.appends[at][bit / 8] ^= 1 << UInt8(bit % 8)
        case 2:
            let garbage = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            file.appends.insert(garbage, at: at)
        default: file.appends.append(file.appends[at])
        }
    }
}
