import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// A snapshot with a valid checksum and any text.
enum SnapshotTarget {
    static func complaint(about input: [UInt8]) -> String? {
        do {
            let (user, session) = (try UserID("Ann"), try SessionID("s 1"))
            let storage = MemoryStorage()
            guard let frame = ZstdText.compress(input) else { return "not compressed" }
            try storage.place(DataLayout.snapshot(user, session), frame)
            guard let index = Snapshot.load(user: user, session: session, from: storage) else {
                return nil
            }
            let text = Snapshot.text(of: index, state: index.state.encoded().text)
            guard let again = ZstdText.compress(text) else { return "not compressed" }
            try storage.place(DataLayout.snapshot(user, session), again)
            guard let kept = Snapshot.load(user: user, session: session, from: storage) else {
                return "taken once, and not again as it is written"
            }
            guard Snapshot.text(of: kept, state: kept.state.encoded().text) == text else {
                return "a state is not the same once it is written and read"
            }
            use(kept, storage)
            return nil
        } catch {
            return "memory does not fail: \(error)"
        }
    }

    /// Snapshots as they are written: of one sample, and of a session with everything in it.
    ///
    /// Made here, not kept in files: the layout changes with the fold.
    static func seeds() throws -> [[UInt8]] {
        let sample = #"{"ts":1763899200000,"metric":"m","value":1}"#
        let rich = [
            sample,
            #"{"ts":1763899200400,"metric":"n","value":-2.5e3,"unit":"ms","run":"r","ok":false}"#,
            #"{"ts":1763899201000,"metric":"m","value":0,"run":"r","labels":{"status":"500"}}"#,
            #"{"ts":1763899201000,"metric":"h","hist":[[130944,2]],"count":2,"sum":2,"min":1,"#
                + #""max":1,"errors":1,"duration_ms":1000}"#,
            #"{"event":"session","ts":1,"name":"n","user":"u","host":"h","commit":"c"}"#,
            #"{"event":"run_started","ts":2,"run":"r","test":"t","target":"u","params":{"p":1}}"#,
            #"{"event":"run_finished","ts":3,"run":"r","summary":{"rps":1},"state":"failed"}"#,
            #"{"event":"note","ts":4,"text":"a"}"#, #"{"event":"tag","ts":5,"tag":"x"}"#,
            #"{"event":"tag","ts":6,"tag":"y","run":"r"}"#,
            #"{"event":"rename","ts":7,"name":"b"}"#, #"{"event":"baseline","ts":8,"run":"r"}"#,
            #"{"event":"archive","ts":9}"#, "no JSON",
        ]
        return [try snapshot([sample]), try snapshot(rich)]
    }

    private static func snapshot(_ lines: [String]) throws -> [UInt8] {
        let (user, session) = (try UserID("Ann"), try SessionID("s 1"))
        let storage = MemoryStorage()
        let body = Array(lines.map { $0 + "\n" }.joined().utf8)
        // The same writer twice, damage, a gap, and a pending end.
        let frames = [0, 1, 1, 4].map { seq -> [UInt8] in
            var content: [UInt8] = []
            FrameHeader(
                session: session.value,
                identity: FrameIdentity(writer: "0123456789abcdef", seq: seq),
                events: lines.count
            ).write(to: &content)
            return SegmentBuilder.frame(content + body)
        }
        let bytes = frames[0] + frames[1] + frames[2] + [1, 2, 3] + frames[3] + [0x28, 0xB5]
        try storage.place(
            DataLayout.sessionFolder(user, session).appending("shared.000001.jsonl.zst"), bytes)
        let index = SessionIndex(user: user, session: session)
        index.update(
            try SessionListing(user, session, in: storage), in: storage, with: FoldTools())
        return Snapshot.text(of: index, state: index.state.encoded().text)
    }

    /// Everything that is ever done with a state: nothing of it may trap.
    private static func use(_ index: SessionIndex, _ storage: any Storage) {
        let state = SessionState()
        _ = state.merge(index.state)
        _ = state.encoded()
        let summary = index.summary(now: 1e15, in: storage)
        _ = summary.json.text
        _ = CatalogEntry(summary).json.text
        _ = index.frames
    }
}
