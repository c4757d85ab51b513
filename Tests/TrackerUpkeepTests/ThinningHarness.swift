import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// Sessions of load runs, as a size cap finds them.
enum ThinningHarness {
    static let startMs = 1_763_899_200_000.0
    static let dayMs = 86_400_000.0
    /// Two days after the newest session of `filled`.
    static let now = Timestamp(clamping: startMs + 12 * dayMs)

    /// One line of a sample in any of its spellings.
    private static func sample(
        _ ms: Double, _ run: Int, _ generator: inout SeededGenerator
    ) -> String {
        let value = Double.random(in: 0.1...3, using: &generator)
        let factor = Int.random(in: 0..<50, using: &generator) == 0 ? 40.0 : 1
        let number = (value * value * factor * 1e4).rounded() / 1e4
        let failed = Int.random(in: 0..<20, using: &generator) == 0
        let route = ["/", "/a", "/b"][Int.random(in: 0..<3, using: &generator)]
        let outcome =
            failed
            ? [",\"ok\":false", ",\"labels\":{\"status\":\"503\"}"][
                Int.random(in: 0...1, using: &generator)]
            : ",\"labels\":{\"route\":\"\(route)\",\"status\":200}"
        return "{\"ts\":\(ms),\"metric\":\"latency\",\"value\":\(number),\"unit\":\"ms\","
            + "\"run\":\"r\(run)\"\(outcome)}"
    }

    /// A run of some seconds: its start, samples of a writer's frames, a note or a bad line between
    /// them, its end.
    static func run(
        _ run: Int, from start: Double, seed: UInt64, frames: Int = 4, perFrame: Int = 120,
        extra: [String] = []
    ) -> [GeneratedLog.Section] {
        var generator = SeededGenerator(seed: seed)
        var ms = start
        var sections: [GeneratedLog.Section] = []
        for seq in 0..<frames {
            var lines: [String] = []
            if seq == 0 {
                lines.append(
                    "{\"ts\":\(ms),\"event\":\"run_started\",\"run\":\"r\(run)\",\"test\":\"t\"}")
                lines += extra
            }
            for _ in 0..<Int.random(in: perFrame / 4...perFrame, using: &generator) {
                ms += Double(Int.random(in: 0...40, using: &generator)) / 4
                lines.append(sample(ms, run, &generator))
            }
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: lines.append("nonsense")
            case 1:
                lines.append("{\"ts\":12,\"metric\":\"latency\",\"value\":3,\"unit\":\"ms\"}")
            default: break
            }
            if seq == frames - 1 {
                lines.append("{\"ts\":\(ms),\"event\":\"run_finished\",\"run\":\"r\(run)\"}")
            }
            // One frame of ten is missing.
            let number = seq + (seed % 10 == 3 && seq > 1 ? 1 : 0)
            sections.append(
                GeneratedLog.Section(
                    identity: FrameIdentity(writer: writer(run), seq: number), lines: lines))
        }
        return sections
    }

    static func writer(_ run: Int) -> String { GeneratedLog.writer(run) }

    /// One session with some runs, one file each, in any encoding; the last without headers.
    static func session(
        seed: UInt64, _ storage: MemoryStorage = MemoryStorage(), name: String = "s 1",
        from start: Double = startMs, runs: Int = 3, extra: [String] = []
    ) throws -> FoldHarness {
        var generator = SeededGenerator(seed: seed ^ 0x7417)
        let harness = try FoldHarness(storage, session: name)
        for run in 0..<runs {
            var sections = Self.run(
                run, from: start + Double(run) * 20_000, seed: seed &+ UInt64(run) << 32,
                extra: run == 0 ? extra : [])
            let isBare = run == runs - 1 && runs > 1
            if isBare { for index in sections.indices { sections[index].identity = nil } }
            let ending =
                isBare
                ? "jsonl" : ["jsonl.zst", "jsonl.gz"][Int.random(in: 0...1, using: &generator)]
            let bytes = sections.map { section -> [UInt8] in
                let raw = section.bytes(session: name)
                return ending == "jsonl.zst"
                    ? SegmentBuilder.frame(raw)
                    : ending == "jsonl.gz" ? SegmentBuilder.gzipMember(raw) : raw
            }
            try CompactionHarness.place(
                GeneratedLog.File(name: "\(writer(run)).000001.\(ending)", appends: bytes), harness)
        }
        return harness
    }

    /// Ten sessions a day apart, `s0` the oldest; `s2` has a note.
    static func filled(_ count: Int = 10, seed: UInt64 = 1) throws -> MemoryStorage {
        let storage = MemoryStorage()
        storage.setClock(Timestamp(clamping: startMs + 10 * dayMs))
        for index in 0..<count {
            let start = startMs + Double(index) * dayMs
            let note = "{\"ts\":\(start),\"event\":\"note\",\"text\":\"keep\"}"
            _ = try session(
                seed: seed &+ UInt64(index), storage, name: "s\(index)", from: start, runs: 2,
                extra: index == 2 ? [note] : [])
        }
        return storage
    }

    static func bytes(_ storage: any Storage) throws -> Int {
        try DataFolder.sessions(in: storage).sessions.reduce(0) { sum, key in
            try SessionListing(key.user, key.session, in: storage).segments
                .reduce(sum) { $0 + ($1.status?.size ?? 0) }
        }
    }

    static func digest(_ storage: any Storage) throws -> String {
        try Indexer(storage: storage, threads: 1).run(rebuild: true).digest
    }

    @discardableResult
    static func thin(_ storage: any Storage) throws(UpkeepError) -> [SessionCompaction] {
        var options = CompactionHarness.options
        options.thins = true
        return try CompactionHarness.compact(storage, options)
    }
}
