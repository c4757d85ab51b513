import Testing
import TrackerExport
import TrackerImport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// A session on a disk in memory, its exports, and what an import makes of them.
struct ExportHarness {
    let storage = MemoryStorage()
    let key: DataFolder.SessionKey

    init(lines: [String], session: String = "s1") throws {
        key = DataFolder.SessionKey(user: try UserID("ann"), session: try SessionID(session))
        let folder = DataLayout.sessionFolder(key.user, key.session)
        try storage.createDirectory(folder)
        let text = lines.map { $0 + "\n" }.joined()
        let path = folder.appending("shared.000001.jsonl")
        _ = try storage.create(path).append(Array(text.utf8))
    }

    init(events: [Event]) throws {
        try self.init(lines: events.map(Self.line))
    }

    /// An import of the bytes into a session of its own.
    init(importing bytes: [UInt8], name: String = "file", pieces: Int = .max) throws {
        var id = ContentID()
        unsafe bytes.withUnsafeBytes { unsafe id.add($0) }
        key = DataFolder.SessionKey(
            user: try UserID("ann"), session: ContentID.session(id.text))
        let session = SessionImport(
            id: id.text, user: key.user, anchor: .given(Timestamp(clamping: 1_795_442_400_000)),
            target: nil, isLive: false, storage: storage)
        var rest = bytes[...]
        while !rest.isEmpty {
            try unsafe Array(rest.prefix(pieces)).withUnsafeBytes { try unsafe session.feed($0) }
            rest = rest.dropFirst(pieces)
        }
        try session.finish(name: name)
    }

    var summary: SessionSummary {
        get throws {
            try SessionIndex.current(key.user, key.session, in: storage)
                .summary(now: Timestamp(clamping: 1_795_442_500_000), in: storage)
        }
    }

    func selection(runs: [String]? = nil) throws -> ExportSelection {
        ExportSelection([ExportedSession(key: key, summary: try summary, runs: runs)])
    }

    func export(
        _ format: ExportFormat, runs: [String]? = nil, metric: String? = nil
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try written(format, runs: runs, metric: metric) { bytes += $0 }
        return bytes
    }

    /// What an export says that it leaves out.
    func leftOut(_ format: ExportFormat) throws -> [String] {
        try written(format, runs: nil, metric: nil) { _ in }.leftOut
    }

    private func written(
        _ format: ExportFormat, runs: [String]?, metric: String?, to sink: ExportSink
    ) throws -> Export {
        var export = try Export(
            try selection(runs: runs), as: format, metric: metric, from: storage,
            now: Timestamp(clamping: 1_795_442_500_000))
        try export.write(to: sink)
        return export
    }

    func text(_ format: ExportFormat, runs: [String]? = nil) throws -> String {
        String(decoding: try export(format, runs: runs), as: UTF8.self)
    }

    /// All events of the session.
    var events: [Event] {
        get throws {
            try text(.ndjson).split(separator: "\n", omittingEmptySubsequences: true).map {
                try EventParser.parse(Array($0.utf8))
            }
        }
    }

    /// The line of an event, with its labels in order.
    static func line(_ event: Event) -> String {
        var event = event
        switch event {
        case .sample(var sample):
            sample.labels.sort()
            event = .sample(sample)
        case .distribution(var counts):
            counts.labels.sort()
            event = .distribution(counts)
        default: break
        }
        var bytes: [UInt8] = []
        guard EventEncoder.append(event, to: &bytes) else { return "no event: \(event)" }
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
}

extension [Event] {
    /// Samples and distributions.
    var measured: [Event] {
        filter { event in
            switch event {
            case .sample, .distribution: true
            default: false
            }
        }
    }

    var lines: [String] { map(ExportHarness.line).sorted() }
}
