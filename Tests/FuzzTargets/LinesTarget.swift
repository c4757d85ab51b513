import TrackerLog
import TrackerTestSupport

/// A body of `POST /api/events` of any bytes: what is taken is read back from the log, and nothing
/// of it counts as damage or as the log's own.
enum LinesTarget {
    static func complaintOrError(about input: [UInt8]) -> String? {
        do { return try complaint(about: input) } catch { return "an error: \(error)" }
    }

    private static func complaint(about input: [UInt8]) throws -> String? {
        let lines = CheckedLines(checking: input, listing: 3)
        if CheckedLines(checking: input, listing: 0).count != lines.count {
            return "taken differently the second time"
        }
        guard lines.count > 0 else { return nil }
        let (user, session) = (try UserID("u"), try SessionID("s"))
        let storage = MemoryStorage()
        let writer = SessionWriter(
            storage: storage, user: user, session: session,
            configuration: .init(durability: .written))
        writer.append(lines, identity: FrameIdentity(writer: "k", seq: 0)) { _ in }
        try writer.close()
        var read = 0
        for entry in try storage.list(DataLayout.sessionFolder(user, session)) {
            guard let name = SegmentName(fileName: entry.name) else { continue }
            let file = try storage.openForReading(
                DataLayout.sessionFolder(user, session).appending(entry.name))
            let progress = try SegmentReader().read(
                file, name: name, session: session, from: 0, size: try file.status().size
            ) { frame in
                for section in frame.sections where section.header?.identity.writer == "k" {
                    read += section.lineCount
                }
            }
            if !progress.badRegions.isEmpty { return "taken, and damaged in the log" }
        }
        return read == lines.count ? nil : "\(lines.count) lines taken, \(read) in the log"
    }
}
