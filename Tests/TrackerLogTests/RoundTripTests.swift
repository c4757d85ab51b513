import Glibc
import Testing
import TrackerLog
import TrackerTestSupport

@Suite("Writing and reading a session")
struct RoundTripTests {
    @Test("what is appended is read back, whatever the level", arguments: Durability.allCases)
    func roundTrip(durability: Durability) throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        let (user, session) = (try UserID("Ann B"), try SessionID("S/1"))
        let writer = SessionWriter(
            storage: storage, user: user, session: session,
            configuration: .init(durability: durability))
        for index in 0..<250 {
            let sample = Sample(
                timestamp: 1_763_899_200_000 + Double(index) * 0.125, metric: "http.latency_ms",
                value: Double(index) / 8, unit: "ms", run: "r \"1\"",
                labels: [Label("route", "/é"), Label("status", "200")], ok: index % 2 == 0)
            #expect(writer.append(sample))
        }
        try writer.appendBatch(
            [.edit(Edit(timestamp: 1, kind: .note, text: "n"))],
            identity: FrameIdentity(writer: "client", seq: 3))
        try writer.close()
        #expect(!writer.append(Sample(timestamp: 1, metric: "m", value: 1)))

        let path = DataLayout.sessionFolder(user, session)
        #expect(path.description == "log/%41nn%20%42/%53%2f1")
        let names = try storage.list(path).map(\.name)
        #expect(names == ["\(writer.writerID).000001.jsonl.zst"])
        let file = try storage.openForReading(path.appending(names[0]))
        let name = try #require(SegmentName(fileName: names[0]))
        var lines = 0
        var identities: [FrameIdentity] = []
        let size = try file.status().size
        let progress = try SegmentReader().read(
            file, name: name, session: session, from: 0, size: size
        ) { frame in
            #expect(frame.isChecked)
            for section in frame.sections {
                lines += section.lineCount
                if let header = section.header { identities.append(header.identity) }
            }
        }
        #expect(progress == SegmentProgress(offset: size))
        #expect(lines == 251)
        #expect(identities.last == FrameIdentity(writer: "client", seq: 3))
        #expect(identities.dropLast().map(\.seq) == Array(0..<identities.count - 1))
    }
}
