import TrackerImport
import TrackerIndexer
import TrackerLog

/// An interval log of HdrHistogram (`.hlog`): the histogram of each point of a run's curve, a
/// second or more, successes and failures apart.
struct HdrLogText {
    private let choice: HdrChoice
    private let scale: (factor: Double, name: String)
    /// Values that HdrHistogram cannot hold: negative ones.
    private(set) var leftOut: UInt64 = 0
    /// Values of which it is not known in which second they were.
    var undated: Int {
        choice.curves.reduce(0) { sum, curve in
            let timeline = curve.timeline
            let dated = timeline.buckets.reduce(0) { SaturatingCount.sum($0, $1.aggregate.count) }
            return SaturatingCount.sum(sum, timeline.total.count - dated)
        }
    }

    init(_ choice: HdrChoice) throws(ExportError) {
        self.choice = choice
        guard let scale = choice.scale else {
            throw .notHdr(metric: choice.metric, unit: choice.unit)
        }
        self.scale = scale
    }

    mutating func write(to sink: ExportSink) throws(StorageError) {
        var buffer = PieceBuffer()
        try buffer.add({ $0 += Array(header.utf8) }, sink)
        for (run, timeline) in choice.curves {
            let name = choice.curves.count > 1 ? OwnHdrTag.run(Self.tag(run.run)) : nil
            for bucket in timeline.buckets {
                let time = Double(bucket.startMs) / 1e3
                let width = Double(timeline.bucketWidthMs) / 1e3
                let parts = [
                    (bucket.aggregate.successes, name),
                    (bucket.aggregate.failures, OwnHdrTag.failures(of: name)),
                ]
                for (population, tag) in parts where population.count > 0 {
                    var counts = HdrCounts(scale: scale.factor)
                    counts.add(population)
                    leftOut += counts.leftOut
                    guard !counts.isEmpty else { continue }
                    try buffer.add({ line(counts, time, width, tag, &$0) }, sink)
                }
            }
        }
        try buffer.flush(sink)
    }

    private var start: Double {
        let first = choice.curves.compactMap(\.timeline.buckets.first?.startMs).min() ?? 0
        return Double(first) / 1e3
    }

    private var header: String {
        let ratio = Int(isTime ? 1_000_000 : 1)
        let writer = OwnHdrTag.writer
        return "#[Logged with \(writer)]\n#[Histogram log format version 1.3]\n"
            + "#[StartTime: \(FixedText.text(start, places: 3)) (seconds since epoch)]\n"
            + "#[Metric: \(Self.tag(choice.metric)), values in \(scale.name), maxima divided by"
            + " \(ratio)]\n"
            + "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
            + "\"Interval_Compressed_Histogram\"\n"
    }

    private var isTime: Bool { scale.name == "nanoseconds" }

    private func line(
        _ counts: HdrCounts, _ time: Double, _ width: Double, _ tag: String?,
        _ bytes: inout [UInt8]
    ) {
        let start = FixedText.text(time, places: 3)
        let length = FixedText.text(width, places: 3)
        let largest = FixedText.text(isTime ? counts.largest / 1e6 : counts.largest, places: 3)
        let head = tag.map { "Tag=\($0)," } ?? ""
        bytes += Array("\(head)\(start),\(length),\(largest),".utf8)
        bytes += counts.encoded()
        bytes.append(0x0A)
    }

    /// A tag ends at a comma, and a line at a line break.
    private static func tag(_ text: String) -> String {
        let name = String(
            decoding: text.utf8.map { $0 <= 0x20 || $0 == UInt8(ascii: ",") ? 0x5F : $0 },
            as: UTF8.self)
        return name.isEmpty ? "no_run" : name
    }
}
