import Testing
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

@Suite("Self-test: what it detects")
struct AppendTrialTests {
    private static let writers = ["00000000000000a0", "00000000000000b0"]
    private static let name = SegmentName(writer: SegmentName.sharedWriter, number: 1)

    private static func frame(_ writer: Int, _ seq: Int) -> [UInt8] {
        SegmentBuilder.frame(
            SegmentBuilder.content(
                session: "selftest", writer: writers[writer], seq: seq,
                events: SegmentBuilder.samples(0..<3)))
    }

    /// Two writers in turn, three frames each.
    private static let appends = (0..<3).flatMap { [frame(0, $0), frame(1, $0)] }

    private static func trial(_ appends: [[UInt8]], kills: Int = 0) throws -> AppendTrial {
        try AppendTrial(
            BytesFile(appends.flatMap { $0 }), name: name, session: try SessionID("selftest"),
            acknowledged: [writers[0]: 3, writers[1]: 3], kills: kills)
    }

    @Test("intact appends are reported as intact")
    func good() throws {
        let trial = try Self.trial(Self.appends)
        #expect(trial.holds && trial.frames == 6 && trial.acknowledged == 6)
    }

    @Test("one cut-off frame is allowed for each kill")
    func torn() throws {
        let cut = Array(Self.frame(0, 3).dropLast(9))
        #expect(try Self.trial(Self.appends + [cut], kills: 1).holds)
        #expect(try !Self.trial(Self.appends + [cut], kills: 0).holds)
        #expect(try Self.trial([cut] + Self.appends, kills: 1).holds)
    }

    /// Name, what the file holds, and the expected report.
    private static let breaches: [(String, [[UInt8]], @Sendable (AppendTrial) -> Bool)] = [
        ("an acknowledged frame is missing", Array(appends.dropLast()), { $0.missing == 1 }),
        (
            "one append overwrote another",
            [Array(appends[0].prefix(40)) + appends[1]] + appends[2...], { $0.missing == 1 }
        ),
        (
            "two appends have mixed",
            [Array(appends[0].prefix(40)), appends[1], Array(appends[0].dropFirst(40))]
                + appends[2...], { $0.mixed == 1 && $0.missing == 1 }
        ),
        (
            "a writer's frames are not in order",
            [appends[2], appends[1], appends[0]] + appends[3...], { $0.outOfOrder > 0 }
        ),
        (
            "a block of zeros", appends + [[UInt8](repeating: 0, count: 512)] + [frame(0, 3)],
            { $0.mixed == 1 }
        ),
    ]

    @Test("each breach is reported", arguments: breaches.indices)
    func breach(index: Int) throws {
        let (name, appends, isTold) = Self.breaches[index]
        // With kills to spare: they excuse torn frames only.
        let trial = try Self.trial(appends, kills: 9)
        #expect(!trial.holds, "\(name)")
        #expect(isTold(trial), "\(name): \(trial)")
    }

    /// Magic number, name, class.
    private static let kinds: [(UInt64, String, FileSystemKind.Class)] = [
        (0xEF53, "ext4", .local), (0x5846_5342, "xfs", .local), (0x9123_683E, "btrfs", .local),
        (0x0102_1994, "tmpfs", .memory), (0x6969, "nfs", .network), (0x517B, "smb", .network),
        (0xFF53_4D42, "cifs", .network), (0xFE53_4D42, "smb2", .network),
        (0x0102_1997, "9p", .network), (0x6573_5546, "fuse", .userSpace),
        (0x794C_7630, "overlay", .overlay), (0x4D44, "vfat", .limited),
        (0x1234_5678, "0x12345678", .unknown),
        // As a 32-bit number with its sign, which some machines give.
        (0xFFFF_FFFF_FF53_4D42, "cifs", .network),
    ]

    @Test("F62: network, overlay and memory file systems are named and warned about")
    func fileSystems() {
        for (magic, name, kind) in Self.kinds {
            let found = FileSystemKind(magic: magic)
            #expect(found.name == name)
            #expect(found.kind == kind)
            #expect((found.warning == nil) == (kind == .local), "\(name)")
            #expect(found.warning?.contains(name) ?? true, "\(name)")
        }
        #expect(FileSystemKind(magic: 0x0102_1994).warning?.contains("reboot") == true)
        #expect(FileSystemKind(magic: 0x6969).warning?.contains("network") == true)
    }

    @Test("the file system of a folder is found, and a missing folder is an error")
    func ofFolder() throws {
        #expect(try FileSystemKind(at: "/proc").magic == 0x9FA0)
        #expect(throws: StorageError.self) { try FileSystemKind(at: "/nothing-here") }
    }
}
