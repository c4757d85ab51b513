import Testing
import TrackerLog
import TrackerTestSupport

/// What can never become readable, at the end of a file.
struct RefusedEnd: Sendable, CustomTestStringConvertible {
    var name: String
    var encoding: SegmentName.Encoding
    var reason: BadRegion.Reason
    /// So many of its bytes already show it.
    var shownBy: Int
    /// Made when the case runs, because the list of cases is printed.
    var bytes: @Sendable () -> [UInt8]

    var testDescription: String { "\(encoding): \(name)" }

    init(
        _ name: String, in encoding: SegmentName.Encoding = .zstd, _ reason: BadRegion.Reason,
        shownBy: Int = 1, _ bytes: @escaping @Sendable () -> [UInt8]
    ) {
        self.name = name
        self.encoding = encoding
        self.reason = reason
        self.shownBy = shownBy
        self.bytes = bytes
    }
}

@Suite("Ends that can never become readable")
struct RefusedEndTests {
    private let reader = SegmentReader()

    private static let header: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    private static let line = "{\"ts\":1,\"metric\":\"m\",\"value\":7}"

    /// The first bytes of files that are no segment of any kind.
    private static let foreign: [(String, [UInt8])] = [
        ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4]),
        ("bzip2", Array("BZh91AY&SY".utf8)),
        ("lz4", [0x04, 0x22, 0x4D, 0x18, 0x64, 0x40]),
        ("NUL", [0, 0, 0, 0, 0, 0]),
        ("0xFF", [0xFF, 0xFF, 0xFF]),
        ("text", Array("value,time".utf8)),
        ("a byte order mark of UTF-16", [0xFE, 0xFF, 0, 0x7B]),
        ("an array", Array("[\(line)]".utf8)),
    ]

    private static let zstd: [RefusedEnd] = [
        RefusedEnd("plain lines", .notAFrame) { Array("\(line)\n\(line)\n".utf8) },
        RefusedEnd("half a plain line", .notAFrame) { Array(line.utf8.prefix(9)) },
        RefusedEnd("gzip", .notAFrame) { SegmentBuilder.gzipMember(Array("\(line)\n".utf8)) },
        RefusedEnd("27 MiB stated", .tooLarge, shownBy: 14) {
            SegmentBuilder.runLengthFrame(blocks: 216, claimedSize: 27 << 20)
        },
        RefusedEnd("17 MiB, not stated", .tooLarge, shownBy: 6 + 129 * 4) {
            SegmentBuilder.runLengthFrame(blocks: 136)
        },
        RefusedEnd("compressed more than 4 MiB", .tooLarge, shownBy: (4 << 20) + 1) {
            SegmentBuilder.storedFrame([UInt8](repeating: 0x0A, count: 5 << 20))
        },
        RefusedEnd("--long=27", .window, shownBy: 6) {
            SegmentBuilder.runLengthFrame(blocks: 1, windowDescriptor: (27 - 10) << 3)
        },
        RefusedEnd("a skippable frame", .skippable, shownBy: 4) {
            [0x5F, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
        },
        RefusedEnd("a legacy frame", .legacy, shownBy: 4) {
            [0x24, 0xB5, 0x2F, 0xFD, 1, 2, 3]
        },
        RefusedEnd("a dictionary", .dictionary, shownBy: 7) {
            header + [0x21, 7, 1, 1, 0, 0, 0x0A]
        },
        RefusedEnd("a reserved bit", .corrupt, shownBy: 5) { header + [0x28, 1, 1, 0, 0] },
        RefusedEnd("a reserved block", .corrupt, shownBy: 9) { header + [0x20, 1, 7, 0, 0] },
        RefusedEnd("a block that does not decompress, and more to come", .corrupt, shownBy: 19) {
            header + [0, 0x38, 10 << 3 | 2 << 1, 0, 0] + [UInt8](repeating: 0xFF, count: 12)
        },
        RefusedEnd("more content than stated, and more to come", .corrupt, shownBy: 14) {
            header + [0x20, 3] + [26, 0, 0, 0x0A] + [26, 0, 0, 0x0A] + [0]
        },
    ]

    private static let gzip: [RefusedEnd] = [
        RefusedEnd("plain lines", in: .gzip, .notAFrame) { Array("\(line)\n".utf8) },
        RefusedEnd("zstd", in: .gzip, .notAFrame) {
            SegmentBuilder.frame(Array("\(line)\n".utf8))
        },
        RefusedEnd("another method", in: .gzip, .notAFrame, shownBy: 3) { [0x1F, 0x8B, 7, 0, 0] },
        RefusedEnd("reserved flags", in: .gzip, .corrupt, shownBy: 4) {
            [0x1F, 0x8B, 8, 0xE0, 0, 0, 0, 0, 0, 0xFF, 1]
        },
        RefusedEnd("a reserved block", in: .gzip, .corrupt, shownBy: 11) {
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 7, 0, 0]
        },
        RefusedEnd("compressed more than 4 MiB", in: .gzip, .tooLarge, shownBy: (4 << 20) + 1) {
            SegmentBuilder.gzipMember([UInt8](repeating: 0x0A, count: 5 << 20))
        },
    ]

    private static let plain: [RefusedEnd] = [
        RefusedEnd("zstd", in: .plain, .notAFrame) { header + [0x24, 9, 1, 2] },
        RefusedEnd("gzip", in: .plain, .notAFrame) { [0x1F, 0x8B, 8, 0, 0, 0, 0, 0] },
        RefusedEnd("NUL in a line", in: .plain, .notAFrame, shownBy: line.utf8.count) {
            Array(line.utf8.dropLast()) + [0, 0, 0]
        },
        RefusedEnd("half a byte order mark", in: .plain, .notAFrame, shownBy: 3) {
            [0xEF, 0xBB] + Array(line.utf8)
        },
        RefusedEnd("a line of 2 MiB", in: .plain, .tooLarge, shownBy: (1 << 20) + 1) {
            Array("{\"x\":\"".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 2 << 20)
        },
        RefusedEnd(
            "a header of another session", in: .plain, .misplaced,
            shownBy: headerLine(session: "t", events: 5).count
        ) {
            headerLine(session: "t", events: 5) + Array("\(line)\n".utf8)
        },
        RefusedEnd(
            "a header of a billion lines", in: .plain, .tooLarge,
            shownBy: headerLine(session: "s", events: 1_000_000_000).count
        ) {
            headerLine(session: "s", events: 1_000_000_000) + Array("\(line)\n".utf8)
        },
    ]

    private static func headerLine(session: String, events: Int) -> [UInt8] {
        SegmentBuilder.content(
            session: session, writer: "w", seq: 0, events: [], claimed: events)
    }

    static let ends =
        zstd + gzip + plain
        + SegmentName.Encoding.allCases.flatMap { encoding in
            foreign.map { name, bytes in RefusedEnd(name, in: encoding, .notAFrame) { bytes } }
        }

    private func read(
        _ bytes: [UInt8], _ encoding: SegmentName.Encoding, sizes: [Int]? = nil
    ) throws -> SegmentReading {
        try SegmentReading(
            bytes, as: SegmentName(writer: "shared", number: 1, encoding: encoding), session: "s",
            sizes: sizes, reader: reader)
    }

    private static func good(_ encoding: SegmentName.Encoding) -> [UInt8] {
        let content = SegmentBuilder.content(
            session: "s", writer: "w", seq: 1, events: SegmentBuilder.samples(0..<5))
        return switch encoding {
        case .zstd: SegmentBuilder.frame(content)
        case .gzip: SegmentBuilder.gzipMember(content)
        case .plain: content
        }
    }

    /// All lengths, or those near a limit of a large one.
    private static func lengths(_ end: RefusedEnd, of count: Int) -> [Int] {
        guard count > 256 else { return Array(1...count) }
        return [1, 3, 20, end.shownBy - 1, end.shownBy, (end.shownBy + count) / 2, count]
    }

    @Test("lines that end with carriage returns alone are refused at once")
    func afterAnObject() throws {
        let object = #"{"ts":1,"metric":"m","value":1,"labels":{"a":"}\"{ \t"}}"#
        let ends: [(text: String, reason: BadRegion.Reason?, values: [Int])] = [
            (object + "\r" + object + "\r", .carriageReturns, []),
            ("\r" + object + " \r\r {", .carriageReturns, []),
            ("\u{FEFF}" + object + "\r{", .carriageReturns, []),
            (object + "{", nil, []), (object + "x", nil, []),
            (object + "\r,", nil, []), ("[\r{", .notAFrame, []), ("}", .notAFrame, []),
            (object, nil, [1]), (object + " \r\t", nil, [1]),
            ("\r" + object.dropLast(), nil, []), (#"{"a":"}\r{"#, nil, []),
            (#"{"a":["}"#, nil, []),
        ]
        for (text, reason, values) in ends {
            let reading = try read(Array(text.utf8), .plain)
            #expect(reading.pendingReason == reason && reading.values == values, "\(text)")
            // With a newline it is one line, and no damage of the file.
            let ended = try read(Array(text.utf8) + [0x0A], .plain)
            #expect(ended.pendingReason == nil && ended.pendingBytes == 0, "\(text)")
        }
        let long = String(repeating: object + "\r", count: 1 + (1 << 20) / object.utf8.count)
        #expect(try read(Array(long.utf8), .plain).pendingReason == .carriageReturns)
    }

    @Test(
        "refused as soon as its bytes show it, with its reason, also behind a good frame",
        arguments: ends)
    func refused(end: RefusedEnd) throws {
        let bytes = end.bytes()
        let good = Self.good(end.encoding)
        for before in [[], good] {
            for length in Self.lengths(end, of: bytes.count) {
                let reading = try read(before + bytes[..<length], end.encoding)
                #expect(reading.values == (before.isEmpty ? [] : Array(0..<5)))
                #expect(reading.offset == before.count && reading.pendingBytes == length)
                if length >= end.shownBy {
                    #expect(reading.pendingReason == end.reason, "\(length) bytes")
                }
            }
        }
    }

    @Test(
        "read while it grows or at once, and with a good frame behind it: the same reason",
        arguments: ends)
    func behindIt(end: RefusedEnd) throws {
        let bytes = end.bytes()
        let sizes = Self.lengths(end, of: bytes.count)
        #expect(try read(bytes, end.encoding, sizes: sizes) == read(bytes, end.encoding))
        guard end.encoding != .plain else { return }
        let whole = bytes + Self.good(end.encoding)
        let reading = try read(whole, end.encoding)
        #expect(reading.values == Array(0..<5))
        #expect(reading.badRegions.map(\.reason) == [end.reason])
        #expect(reading.badRegions.map(\.length) == [bytes.count])
        #expect(reading.pendingReason == nil)
        #expect(try read(whole, end.encoding, sizes: sizes + [whole.count]) == reading)
    }

    /// The beginning of what will be readable, and nearly as large as it may be.
    static let waiting: [(SegmentName.Encoding, @Sendable () -> [UInt8])] = [
        (.zstd, { SegmentBuilder.runLengthFrame(blocks: 128) }),
        (.zstd, { SegmentBuilder.runLengthFrame(blocks: 128, claimedSize: 16 << 20) }),
        (.zstd, { SegmentBuilder.storedFrame([UInt8](repeating: 0x0A, count: 4_000_000)) }),
        (.gzip, { SegmentBuilder.gzipMember([UInt8](repeating: 0x0A, count: 4_000_000)) }),
        (.plain, { Array(" \t{\"x\":\"".utf8) + [UInt8](repeating: 0x78, count: 1_000_000) }),
        (.plain, { headerLine(session: "s", events: 3) + Array("\(line)\n\(line)\n{".utf8) }),
        (.plain, { Array(headerLine(session: "t", events: 3).dropLast(3)) }),
    ]

    @Test("a torn end that may still be finished waits", arguments: waiting.indices)
    func waits(row: Int) throws {
        let (encoding, make) = Self.waiting[row]
        let bytes = make()
        for length in [1, 2, 5, 9, 100, bytes.count / 2, bytes.count - 1] where length < bytes.count
        {
            let reading = try read(Array(bytes[..<length]), encoding)
            #expect(reading.badRegions.isEmpty && reading.pendingReason == nil, "\(length) bytes")
            #expect(reading.pendingBytes == length)
        }
    }

    @Test("content of exactly the largest size waits for its last byte, and is read")
    func largest() throws {
        let frame = SegmentBuilder.runLengthFrame(blocks: 128)
        #expect(try read(Array(frame.dropLast()), .zstd).pendingReason == nil)
        #expect(try read(frame, .zstd).sections.map(\.lineCount) == [16 << 20])
    }

    @Test("every beginning of a good segment waits", arguments: SegmentName.Encoding.allCases)
    func beginnings(encoding: SegmentName.Encoding) throws {
        let bytes = (0..<3).flatMap { _ in Self.good(encoding) }
        for length in 0..<bytes.count {
            let reading = try read(Array(bytes[..<length]), encoding)
            #expect(reading.pendingReason == nil && reading.badRegions.isEmpty, "\(length) bytes")
        }
    }
}
