import Glibc
import Testing
import TrackerIndexer
import TrackerLog
import TrackerPages
import TrackerTestSupport

/// A small page byte for byte: what changes in it is seen in review.
///
/// `TRACKER_WRITE_GOLDEN=1` writes the file again; the difference is then for a person to judge.
@Suite("Golden page") struct ViewGoldenTests {
    static let path =
        String(#filePath.dropLast("ViewGoldenTests.swift".utf8.count)) + "Golden/session.html"

    @Test("the page of a small session is what it was")
    func session() throws {
        var fixture = ViewFixture(seed: 20_261_117)
        let startMs = ViewFixture.startMs
        let runs = [
            fixture.run("warm", startMs: startMs, seconds: 3, perSecond: 12),
            fixture.run(
                "main", startMs: startMs + 60_000, seconds: 2, perSecond: 16, state: .failed),
        ]
        let session = try ViewFixture.session(
            "golden", name: "Golden <page>", runs: runs, tags: ["a b"],
            notes: [
                Edit(
                    timestamp: ViewFixture.start, kind: .note, text: "Why", run: "warm",
                    from: ViewFixture.start + 900)
            ], health: ViewFixture.damagedHealth)
        let bytes = sessionPage(
            session, catalog: ViewFixture.catalog([session]), query: SessionQuery(),
            now: ViewFixture.start + 62_345)
        let page = withoutAssetHashes(ViewFixture.text(bytes))
        if unsafe getenv("TRACKER_WRITE_GOLDEN") != nil {
            try ViewFile.write(Array(page.utf8), to: ViewGoldenTests.path)
        }
        let golden = ViewFixture.text(try ViewFile.read(ViewGoldenTests.path))
        let pairs = zip(
            page.split(separator: "\n", omittingEmptySubsequences: false),
            golden.split(separator: "\n", omittingEmptySubsequences: false))
        for (index, pair) in pairs.enumerated() where pair.0 != pair.1 {
            Issue.record("line \(index + 1)\nis:  \(pair.0)\nwas: \(pair.1)")
            return
        }
        #expect(page == golden)
    }

    /// A change of style or script alone does not change the page.
    private func withoutAssetHashes(_ page: String) -> String {
        page.replacing(#/\/assets\/[0-9a-f]{16}\//#, with: "/assets/HASH/")
    }
}

/// Whole files, for the tests of this folder.
enum ViewFile {
    struct Failed: Error {
        var path: String
        var code: Int32
    }

    static func read(_ path: String) throws -> [UInt8] {
        guard let file = unsafe fopen(path, "r") else { throw Failed(path: path, code: errno) }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = unsafe fopen(path, "w") else { throw Failed(path: path, code: errno) }
        let written = unsafe fwrite(bytes, 1, bytes.count, file)
        let closed = unsafe fclose(file)
        guard written == bytes.count, closed == 0 else { throw Failed(path: path, code: errno) }
    }
}
