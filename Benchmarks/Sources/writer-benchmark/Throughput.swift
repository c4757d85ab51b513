import ProcessProbe
import TrackerLog

/// Encode, compress and write at level `written`, everything on one core, against compression
/// alone of the same bytes: in turn, round after round.
struct Throughput {
    let place: Place
    let workload: Workload
    let rounds: Int

    /// A way to hand the samples over.
    enum Way: String, CaseIterable {
        case sample = "append(Sample)"
        case event = "append(Event)"
        case series = "append(_:at:to: Series)"
        case batch = "appendBatch, 1,000 a batch"
    }

    func run(_ digits: Workload.Digits) throws {
        guard probe_use_one_core() == 0 else { throw Failure(description: "no core to bind to") }
        let lines = workload.lines
        let events = workload.samples.map(Event.sample)
        let zstd = BareZstd()
        var zstdSeconds: [Double] = []
        var waySeconds: [Way: [Double]] = [:]
        var bytes: [Way: Int] = [:]
        for round in 0...rounds {
            let bare = seconds { zstd.compress(lines) }
            if round > 0 { zstdSeconds.append(bare) }
            for way in Way.allCases {
                let taken = try write(events, way)
                bytes[way] = try place.clear()
                if round > 0 { waySeconds[way, default: []].append(taken) }
            }
        }
        let common = [
            ("digits", quoted(digits.rawValue)), ("events", "\(events.count)"),
            ("text_bytes", "\(lines.count)"),
        ]
        report(
            "throughput",
            common + [
                ("way", quoted("zstd -1")), ("seconds", list(zstdSeconds)),
                ("bytes", "\(zstd.compressedBytes)"),
            ])
        for way in Way.allCases {
            report(
                "throughput",
                common + [
                    ("way", quoted(way.rawValue)), ("seconds", list(waySeconds[way] ?? [])),
                    ("bytes", "\(bytes[way] ?? 0)"),
                ])
        }
    }

    private func write(_ events: [Event], _ way: Way) throws -> Double {
        let writer = try place.writer(.init(durability: .written))
        let batches = stride(from: 0, to: events.count, by: 1_000).map {
            Array(events[$0..<min($0 + 1_000, events.count)])
        }
        let taken = try seconds {
            switch way {
            // Read in place: copying them out of the array would be the benchmark's own cost.
            case .sample:
                workload.samples.withUnsafeBufferPointer { samples in
                    for index in samples.indices { writer.append(samples[index]) }
                }
            case .event:
                events.withUnsafeBufferPointer { events in
                    for index in events.indices { writer.append(events[index]) }
                }
            case .series:
                workload.samples.withUnsafeBufferPointer { samples in
                    for index in samples.indices {
                        writer.append(
                            samples[index].value, at: samples[index].timestamp,
                            to: workload.series[workload.seriesOfSample[index]])
                    }
                }
            case .batch: for batch in batches { try writer.appendBatch(batch) }
            }
            try writer.close()
        }
        let statistics = writer.statistics
        guard statistics.accepted == events.count, statistics.dropped == 0 else {
            throw Failure(description: "\(way.rawValue): \(statistics)")
        }
        return taken
    }
}
