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

    /// The same rows as bzip2 and as xz: two streams each, those of xz with padding between them.
    private static let bzip2 = bytes(
        "425a683931415926535935e9f518000026df800010000f40c0040118002f27fea0200048834a0c26"
            + "8c4d311a04227a9e8d4da9a64c869a64f36646ca3e49e01eb026be0bba297048712674dace9d8a5f"
            + "4948f02c63d24b9b8e2b170de7e8aa8be5de75c0c8c0118f054df3d4c8bf17724538509035e9f518"
            + "425a6839314159265359a5645acf000022d800401000057fa0200050806800484918d4f534ae47b7"
            + "8570cb8a803a23b15722b49830d408d6317ac3244f74cfc5dc914e1424295916b3c0")
    private static let xz = bytes(
        "fd377a585a000004e6d6b446020021010c0000008f98419ce0006300575d0039194acdca090336fc"
            + "28c4b9b0870ff3b78927c0ab07a5d6dab993e51c34e13d242d527b4a0beb4f4ce1f3083776b4143b"
            + "d59730a17410a670e30443520498888e85bca38635393f2bab378cb4c02fd9bf4a3602c48a000000"
            + "caf02249113d7a5c000173645f3a4b6e1fb6f37d010000000004595a0000000000000000fd377a58"
            + "5a000004e6d6b446020021010c0000008f98419ce00060002b5d00180c02dd3842766e8c191065dd"
            + "5b784cc00ce0921f34f072df4ad4e248112a55f91fdbf805269e57a0fa800000b940feb614eb2fa5"
            + "00014761273d0ba51fb6f37d010000000004595a")

    /// 40,000 rows, more than is handed on at once.
    private static let longBzip2 = bytes(
        "425a68393141592653592139dc4506ddbbdf800010000f7200040118002f27fea030011810ad4d34"
            + "f46a3d4d327a9ea07a990c6000000004d528a62609a680d068fcdb25441cf11442275edae9fd9ebf"
            + "ba376e25441cc9510624a8838d12a20c2544184a883812a20d24a883525441e44a883a12a20d7a12"
            + "a20cda4a88309510612a20d0951065e763adc39d3a45f5ebe0a207cfec1f68130c466738835580cc"
            + "2545be560a0b9c5849c65add6b087e6282b24ca6b2795f1226001eb5b0000020000ae40060017010"
            + "c010c009aa4d4c9a912199524487c9121924486d244862448624486a44871224352243a9121e4890"
            + "f2448792243a912189121c4890fc5dc914e14241fb70c664")
    private static let longXZ = bytes(
        "fd377a585a000004e6d6b4460200210116000000742fe5a3f1175a013d5d0039194acdca090336fc"
            + "28c4b9b0870ff3b78927c0ab07a5d6dab993e51c34e13d081a398e8cf80f02a09caf5ea94aaa3900"
            + "0ed01917770c26f6cc40d7d57ef997c78c5758a702eb1958be4ca1e69e6c0d9b5c8583e14b8640a7"
            + "c5e91783b621055e2b3166f1af349d871e4f17b12e78b8856850051fe53528439535ac801d9d5120"
            + "cafdbf0cbde1438abe72950b4ae4aaf84896236619a9ba8c62a9f322fac5fb6dc7abe74e8a6372da"
            + "8fdb5a7e6638e03281adfcfb522b74cd1e5b2042f9dd533df82964093b80cb2a6cdfb53bf0c4bd2e"
            + "5faa0f3e4b664290130eff1093f8717859f80bcdff9528460fa9fc7cdefb9a302e56c08f85f38381"
            + "c065c42553f8f591363105a5b0ee6fc1704d470cd19111aaad601dbaceb127185c5986e9665258be"
            + "e976ac59e4e55b0508f9c7daadfcfb522b74cd1e5b2040c90a60000000000000cd15b66b05094aec"
            + "0001d902dbae4400a90e023ab1c467fb020000000004595a")

    private static func bytes(_ hex: String) -> [UInt8] {
        var (bytes, rest) = ([UInt8](), hex[...])
        while rest.count >= 2 {
            bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    @Test("gzip of several members, zstd, bzip2 and xz give what the plain file gives")
    func same() throws {
        let plain = Imported(Self.plain.text)
        let zstd = try #require(ZstdText.compress(Self.plain.bytes))
        let frames = [zstd, zstd.inTwoFrames(Self.plain.bytes)]
        for packed in frames + [Self.gzip, Self.bzip2, Self.xz] {
            for pieces in [[Int.max], [1], [3, 50]] {
                let imported = Imported(packed, pieces: pieces)
                #expect(imported.lines == plain.lines)
                #expect(imported.losses.count == 0)
            }
        }
    }

    @Test(
        "a bzip2 or xz file that is larger than a piece is read whole, and one that is cut in part")
    func long() {
        for packed in [Self.longBzip2, Self.longXZ] {
            for pieces in [[Int.max], [7]] {
                let imported = Imported(packed, pieces: pieces)
                #expect(imported.samples.count == 40_000)
                #expect(imported.losses.count == 0)
            }
            let cut = Imported(Array(packed.dropLast(30)))
            #expect(cut.losses.listed.contains { $0.reason.contains("cut: its end is missing") })
        }
    }

    @Test("a bzip2 or xz file that is damaged says so")
    func damagedBlocks() {
        for packed in [Self.longBzip2, Self.longXZ] {
            var bytes = packed
            bytes[bytes.count / 2] ^= 0xFF
            let imported = Imported(bytes)
            let said =
                imported.losses.listed.map(\.reason) + [
                    imported.error.map { "\($0)" } ?? ""
                ]
            #expect(said.contains { $0.contains("damaged") }, "\(said)")
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
