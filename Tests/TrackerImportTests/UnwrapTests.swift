import Testing
import TrackerImport
import TrackerLog

@Suite("Import: compressed files")
struct UnwrapTests {
    private static let plain = ImportFixture.hey[0]

    /// The same rows as gzip: two members, one after the other.
    private static let gzip = bytes(
        "1f8b08000000000002032b4a2d2ec8cf2b4ed52dc9cc4dd571f10bd64ec94ccc292d00317582520b"
            + "4b538b4b74cb8b324b52813ca8d294d49cc44a04b728353145a7b824b1a4b45837393f2555273f2d"
            + "ad38b584cb40cfc0c0c25c07449940292330656008a60c2d613c2303038888191700cbef2de09000"
            + "00001f8b080000000000020333d033303430d031d0333040a30cc194a1258c676a60ac630896e702"
            + "00e4a9ec6235000000")

    private static func bytes(_ hex: String) -> [UInt8] {
        var (bytes, rest) = ([UInt8](), hex[...])
        while rest.count >= 2 {
            bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    @Test("gzip of several members and zstd give what the plain file gives")
    func same() throws {
        let plain = Imported(Self.plain.text)
        let zstd = try #require(ZstdText.compress(Self.plain.bytes))
        for packed in [Self.gzip, zstd, zstd.inTwoFrames(Self.plain.bytes)] {
            for pieces in [[Int.max], [1], [3, 50]] {
                let imported = Imported(packed, pieces: pieces)
                #expect(imported.lines == plain.lines)
                #expect(imported.losses.count == 0)
            }
        }
    }

    @Test("a file that is cut gives what it holds, and says so")
    func cut() throws {
        let rows = (0..<20_000).map { "0.0100,0,0,0,0,0,200,\($0).5000\n" }.joined()
        let text = String(Self.plain.text.prefix { $0 != "\n" }) + "\n" + rows
        let zstd = try #require(ZstdText.compress(Array(text.utf8)))
        let cut = Imported(Array(zstd.dropLast(20)))
        #expect(cut.error == nil)
        #expect(cut.samples.count > 1_000)
        #expect(cut.losses.listed.contains { $0.reason.contains("cut: its end is missing") })
        #expect(cut.param("import_lost")?.contains("cut") == true)
        let member = Imported(Array(Self.gzip.dropLast(20)))
        #expect(member.samples.count >= 1)
        #expect(member.losses.listed.contains { $0.reason.contains("cut: its end is missing") })
        // Where nothing can be read, that is the error.
        let start = Imported(Array(zstd.prefix(20)))
        #expect("\(start.error.map { "\($0)" } ?? "")".contains("its end is missing"))
    }

    @Test("damage ends a file where it is, and says so")
    func damaged() {
        var bytes = Self.gzip
        bytes[bytes.count - 8] ^= 0xFF
        let imported = Imported(bytes)
        #expect(imported.samples.count >= 1)
        #expect(imported.losses.listed.contains { $0.reason.contains("damaged") })
    }

    @Test("F45: a bomb is refused within the limits")
    func bomb() throws {
        let row = [UInt8](repeating: UInt8(ascii: "x"), count: (1 << 20) - 1) + [0x0A]
        var text = Self.plain.bytes + [0x0A]
        for _ in 0..<(ImportLimits.ratioFromBytes >> 20) + 2 { text += row }
        let zstd = try #require(ZstdText.compress(text))
        #expect(zstd.count * ImportLimits.maxRatio < text.count)
        let imported = Imported(zstd)
        let message = "\(imported.error.map { "\($0)" } ?? "imported")"
        #expect(message.contains("more than results of a test do"))
        // Zeros are no known format: that shows with the first of them.
        let zeros = try #require(ZstdText.compress([UInt8](repeating: 0, count: 4 << 20)))
        #expect("\(Imported(zeros).error.map { "\($0)" } ?? "")".contains("no known format"))
    }
}

extension [UInt8] {
    /// As two frames: the second has the last line.
    fileprivate func inTwoFrames(_ plain: [UInt8]) -> [UInt8] {
        guard let at = plain.lastIndex(of: 0x0A),
            let first = ZstdText.compress(Array(plain[...at])),
            let second = ZstdText.compress(Array(plain[(at + 1)...]))
        else { return self }
        return first + second
    }
}
