import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// A damage: what is done to the log, and what `verify` must then say, word for word.
struct VerifyRow: Sendable, CustomTestStringConvertible {
    var name: String
    var damage: @Sendable (inout VerifyLog) -> Void
    var findings: @Sendable (VerifyLog) -> [String]
    var notes: @Sendable (VerifyLog) -> [String] = { _ in [] }
    var testDescription: String { name }
}

@Suite("Verify")
struct VerifyTests {
    private static let (a, b) = (VerifyLog.a, VerifyLog.b)
    private static let (a1, a2, b1) = (VerifyLog.a1, VerifyLog.a2, VerifyLog.b1)
    private static let nothing: @Sendable (VerifyLog) -> [String] = { _ in [] }

    static let rows = damagedFrames + lostFrames + refusedSections + noDamage

    @Test("the exact position and cost of each damage is reported", arguments: rows)
    func damage(row: VerifyRow) throws {
        var log = VerifyLog()
        row.damage(&log)
        let result = try log.verified()
        #expect(result.findings == row.findings(log))
        #expect(result.notes == row.notes(log))
        #expect(result.isWhole == row.findings(log).isEmpty)
        for file in result.files {
            #expect(file.goodBytes + file.lostBytes + file.pendingBytes == file.bytes)
            #expect(file.bytes == log.bytes(file.name.fileName).count)
            // Two sections of a frame that are refused are two regions of the same bytes.
            let lost = Set(file.regions.map { [$0.offset, $0.length] })
            #expect(file.lostBytes == lost.reduce(0) { $0 + $1[1] })
        }
    }

    private static let damagedFrames: [VerifyRow] = [
        VerifyRow(name: "F01: a closed segment cut in a frame") {
            $0[a1] = [$0[a1][0], $0[a1][1], Array($0[a1][2].prefix(9))]
        } findings: { log in
            [
                "\(a1): offset \(log.start(a1, 2)), length 9: tail",
                "writer \(a): frames 2 to 3 missing (2), between \(a1) offset \(log.start(a1, 2))"
                    + " and \(a2) offset 0; 9 damaged bytes there",
            ]
        },
        VerifyRow(name: "F01: a writer's last segment cut in a frame, long ago") {
            $0[a2] = [$0[a2][0], Array($0[a2][1].prefix(20))]
        } findings: { log in
            [
                "\(a2): offset \(log.start(a2, 1)), length 20: tail",
                "\(a2): offset \(log.start(a2, 1)), length 20: frames of writer \(a) from 5 on are"
                    + " lost, their number is unknown",
            ]
        },
        VerifyRow(name: "F02: a frame torn, good ones behind") {
            $0[a1][1] = Array($0[a1][1].prefix(30))
        } findings: { log in
            [
                "\(a1): offset \(log.start(a1, 1)), length 30: torn",
                "writer \(a): frame 1 missing (1), in \(a1) between offset \(log.start(a1, 1))"
                    + " and \(log.start(a1, 2)); 30 damaged bytes there",
            ]
        },
        VerifyRow(name: "F03: one bit of a checksum flipped") {
            $0[b1][1][$0[b1][1].count - 1] ^= 1
        } findings: { log in
            [
                "\(b1): offset \(log.start(b1, 1)), length \(log.length(b1, 1)): checksum",
                "writer \(b): frame 1 missing (1), in \(b1) between offset \(log.start(b1, 1))"
                    + " and \(log.start(b1, 2)); \(log.length(b1, 1)) damaged bytes there",
            ]
        },
        VerifyRow(name: "F04: two frames zeroed") {
            for index in 1...2 {
                $0[a1][index] = [UInt8](repeating: 0, count: $0.length(a1, index))
            }
        } findings: { log in
            let length = log.length(a1, 1) + log.length(a1, 2)
            return [
                "\(a1): offset \(log.start(a1, 1)), length \(length): not-a-frame",
                "writer \(a): frames 1 to 2 missing (2), in \(a1) between offset"
                    + " \(log.start(a1, 1)) and \(log.start(a1, 3)); \(length) damaged bytes there",
            ]
        },
        VerifyRow(name: "F05: a checksum flag cleared") {
            $0[b1][1][4] &= ~0x04
        } findings: { log in
            ["\(b1): offset \(log.start(b1, 2) - 4), length 4: not-a-frame"]
        } notes: { _ in
            ["\(b1): 1 frame without checksum"]
        },
        VerifyRow(name: "F07: 4 KiB of NUL in the middle") {
            $0[a1].insert([UInt8](repeating: 0, count: 4096), at: 2)
        } findings: { log in
            ["\(a1): offset \(log.start(a1, 2)), length 4096: not-a-frame"]
        },
        VerifyRow(name: "F07: 4 KiB of NUL at the end of what is closed") {
            $0[b1].append([UInt8](repeating: 0, count: 4096))
        } findings: { log in
            [
                "\(b1): offset \(log.start(b1, 3)), length 4096: not-a-frame",
                "\(b1): offset \(log.start(b1, 3)), length 4096: frames of writer \(b) from 3 on"
                    + " are lost, their number is unknown",
            ]
        },
        VerifyRow(name: "F08: HTML inside") {
            $0[a1].insert(Array("<html></html>\n".utf8), at: 1)
        } findings: { log in
            ["\(a1): offset \(log.start(a1, 1)), length 14: not-a-frame"]
        },
        VerifyRow(name: "F10: a skippable frame") {
            $0[a1].insert([0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3], at: 1)
        } findings: { log in
            ["\(a1): offset \(log.start(a1, 1)), length 11: skippable"]
        },
        VerifyRow(name: "F16: two appends that have mixed") {
            let first = $0[b1][0]
            let second = $0[b1][1]
            $0[b1] = [
                Array(first.prefix(40)), second, Array(first.dropFirst(40)), $0[b1][2],
            ]
        } findings: { log in
            [
                "\(b1): offset 0, length 40: torn",
                "\(b1): offset \(log.start(b1, 2)), length \(log.length(b1, 2)): not-a-frame",
                "writer \(b): frame 0 missing (1), before \(b1) offset 40; 40 damaged bytes there",
            ]
        },
        VerifyRow(name: "F45: a bomb") {
            $0[b1].insert(
                SegmentBuilder.runLengthFrame(blocks: 200, claimedSize: 25 << 20), at: 1)
        } findings: { log in
            ["\(b1): offset \(log.start(b1, 1)), length \(log.length(b1, 1)): too-large"]
        },
    ]

    private static let lostFrames: [VerifyRow] = [
        VerifyRow(name: "F12: one identity, two contents") {
            $0[b1].append(SegmentBuilder.frame(VerifyLog.content(b, 1, shift: 100)))
        } findings: { log in
            [
                "writer \(b): conflict: frame 1 has 2 different contents, all counted:"
                    + " \(b1) offset \(log.start(b1, 1)), \(b1) offset \(log.start(b1, 3))"
            ]
        },
        VerifyRow(name: "F13: a frame that is not there") {
            $0[b1].remove(at: 1)
        } findings: { log in
            [
                "writer \(b): frame 1 missing (1), in \(b1) between offset \(log.start(b1, 1)) and"
                    + " \(log.start(b1, 1)); no damage there: never written here, or removed"
            ]
        },
        VerifyRow(name: "F13: a segment that is not there") {
            $0.files[a1] = nil
        } findings: { _ in
            [
                "writer \(a): frames 0 to 3 missing (4), before \(a2) offset 0; no damage there:"
                    + " never written here, or removed; missing files: \(a1)"
            ]
        },
        VerifyRow(name: "F36: a file emptied") {
            $0[a1] = []
        } findings: { _ in
            [
                "writer \(a): frames 0 to 3 missing (4), before \(a2) offset 0; no damage there:"
                    + " never written here, or removed"
            ]
        },
        VerifyRow(name: "F37: a file cut, and grown again with something else") {
            $0[a1] = [$0[a1][0], [UInt8](repeating: 7, count: 5_000)]
        } findings: { log in
            [
                "\(a1): offset \(log.start(a1, 1)), length 5000: not-a-frame",
                "writer \(a): frames 1 to 3 missing (3), between \(a1) offset \(log.start(a1, 1))"
                    + " and \(a2) offset 0; 5000 damaged bytes there",
            ]
        },
        VerifyRow(name: "F38: a file made anew with a part of what it had") {
            $0[a1] = Array($0[a1][2...])
        } findings: { _ in
            [
                "writer \(a): frames 0 to 1 missing (2), before \(a1) offset 0; no damage there:"
                    + " never written here, or removed"
            ]
        },
    ]

    private static let refusedSections: [VerifyRow] = [
        VerifyRow(name: "F14: frames of another session pasted in") {
            let pasted = (7...8).map {
                SegmentBuilder.frame(VerifyLog.content(a, $0, session: "t"))
            }
            $0[a1].insert(contentsOf: pasted, at: 1)
        } findings: { log in
            let length = log.length(a1, 1) + log.length(a1, 2)
            return [
                "\(a1): offset \(log.start(a1, 1)), length \(length): misplaced: frames 7 to 8 of"
                    + " writer \(a), 10 lines, of session t"
            ]
        },
        VerifyRow(name: "F14: frames of another session, and not the ones that follow") {
            let pasted = [7, 9].map {
                SegmentBuilder.frame(VerifyLog.content(a, $0, session: "t"))
            }
            $0[a1].insert(contentsOf: pasted, at: 1)
        } findings: { log in
            (1...2).map { index in
                "\(a1): offset \(log.start(a1, index)), length \(log.length(a1, index)): misplaced:"
                    + " frame \(5 + 2 * index) of writer \(a), 5 lines, of session t"
            }
        },
        VerifyRow(name: "F14: a frame with two sections of another session") {
            let content = (7...8).flatMap { VerifyLog.content(a, $0, session: "t") }
            $0[a1].insert(SegmentBuilder.frame(content), at: 1)
        } findings: { log in
            [
                "\(a1): offset \(log.start(a1, 1)), length \(log.length(a1, 1)): misplaced: frames 7"
                    + " to 8 of writer \(a), 10 lines, of session t"
            ]
        },
        VerifyRow(name: "a header that promises more lines") {
            $0[b1][1] = SegmentBuilder.frame(VerifyLog.content(b, 1, claimed: 6))
        } findings: { log in
            [
                "\(b1): offset \(log.start(b1, 1)), length \(log.length(b1, 1)): count: frame 1 of"
                    + " writer \(b) should have 6 lines and has 5",
                "writer \(b): frame 1 missing (1), in \(b1) between offset \(log.start(b1, 1))"
                    + " and \(log.start(b1, 2)); \(log.length(b1, 1)) damaged bytes there",
            ]
        },
        VerifyRow(name: "a header that does not read as one") {
            $0[b1].insert(
                SegmentBuilder.frame(Array("{\"frame\":1}\n{}\n".utf8)), at: 1)
        } findings: { log in
            [
                "\(b1): offset \(log.start(b1, 1)), length \(log.length(b1, 1)): header, 1 lines"
            ]
        },
        VerifyRow(name: "a last line without its end") {
            $0[b1][2] = SegmentBuilder.frame(VerifyLog.content(b, 2).dropLast())
        } findings: { log in
            [
                "\(b1): offset \(log.start(b1, 2)), length \(log.length(b1, 2)): unterminated",
                "\(b1): offset \(log.start(b1, 2)), length \(log.length(b1, 2)): frames of writer"
                    + " \(b) from 2 on are lost, their number is unknown",
            ]
        },
        VerifyRow(name: "lines that are no events") {
            $0.files["shared.000001.jsonl.zst"] = [
                SegmentBuilder.frame(
                    Array(
                        "{\"ts\":1763899200000,\"metric\":\"m\",\"value\":1}\nxyz\n{}\n".utf8))
            ]
        } findings: { _ in
            [
                "shared.000001.jsonl.zst: frame at offset 0, line 2, 3 bytes: JSON syntax",
                "shared.000001.jsonl.zst: frame at offset 0, line 3, 2 bytes: neither metric nor"
                    + " event",
            ]
        },
        VerifyRow(name: "events that a writer dropped") {
            var content: [UInt8] = []
            FrameHeader(
                session: VerifyLog.session, identity: FrameIdentity(writer: b, seq: 3), events: 0,
                dropped: 12
            ).write(to: &content)
            $0[b1].append(SegmentBuilder.frame(content))
        } findings: { _ in
            ["writers had to drop 12 events"]
        },
        VerifyRow(name: "bare lines under the name of frames") {
            $0.files["shared.000001.jsonl.zst"] = [
                Array("{\"ts\":1,\"metric\":\"m\",\"value\":1}\n".utf8)
            ]
        } findings: { _ in
            ["shared.000001.jsonl.zst: offset 0, length 32: not-a-frame"]
        } notes: { _ in
            ["shared.000001.jsonl.zst: begins like a .jsonl file: rename it to make it readable"]
        },
        VerifyRow(name: "the beginning of a frame too large, in a file that may be written to") {
            let frame = SegmentBuilder.runLengthFrame(blocks: 3, claimedSize: 27 << 20)
            $0.files["shared.000001.jsonl.zst"] = [Array(frame.dropLast())]
            $0.now = 0
        } findings: { log in
            let length = log.length("shared.000001.jsonl.zst", 0)
            return ["shared.000001.jsonl.zst: offset 0, length \(length): too-large"]
        },
        VerifyRow(name: "frames under the name of bare lines, in a file that may be written to") {
            $0.files["shared.000001.jsonl"] = [Array($0[b1][0].prefix(5))]
            $0.now = 0
        } findings: { _ in
            ["shared.000001.jsonl: offset 0, length 5: not-a-frame"]
        } notes: { _ in
            ["shared.000001.jsonl: begins like a .jsonl.zst file: rename it to make it readable"]
        },
    ]

    private static let noDamage: [VerifyRow] = [
        VerifyRow(name: "a healthy log", damage: { _ in }, findings: nothing),
        VerifyRow(name: "F01, F15, F16: a frame that a live writer has not finished") {
            $0[a2] = [$0[a2][0], Array($0[a2][1].prefix(20))]
            $0.now = 0
        } findings: { _ in
            []
        } notes: { _ in
            ["\(a2): 20 bytes of an incomplete frame at the end"]
        },
        VerifyRow(name: "F06: frames without checksum") {
            $0[b1][1] = SegmentBuilder.storedFrame(
                VerifyLog.content(b, 1), hasChecksum: false)
        } findings: { _ in
            []
        } notes: { _ in
            ["\(b1): 1 frame without checksum"]
        },
        VerifyRow(name: "F09: an empty file, and the first bytes of a frame") {
            $0.files["00000000000000c0.000001.jsonl.zst"] = []
            $0.files["00000000000000d0.000001.jsonl.zst"] = [[0x28, 0xB5, 0x2F]]
            $0.now = 0
        } findings: { _ in
            []
        } notes: { _ in
            ["00000000000000d0.000001.jsonl.zst: 3 bytes of an incomplete frame at the end"]
        },
        VerifyRow(name: "F11: a frame twice") {
            $0[b1].append($0[b1][1])
        } findings: { _ in
            []
        } notes: { _ in
            ["1 repeated frame (5 events): counted once"]
        },
        VerifyRow(name: "F39: a file copied under another name") {
            $0.files["00000000000000ff.000001.jsonl.zst"] = $0[b1]
        } findings: { _ in
            []
        } notes: { _ in
            [
                "00000000000000ff.000001.jsonl.zst: all its frames are of writer \(b): was it"
                    + " renamed?",
                "3 repeated frames (15 events): counted once",
            ]
        },
    ]
}
