import Glibc
public import TrackerLog

/// What a reader makes of a session folder: each identity once, as the fold does.
public struct RecoveredSession: Sendable {
    /// The values of the samples that count, sorted.
    public var values: [Int] = []
    public var badRegions: [BadRegion] = []
    public var badLines = 0
    public var pendingBytes = 0
    /// Sections that were there already under the same identity.
    public var duplicates = 0
    /// Equal identities with other content.
    public var conflicts = 0
    /// Numbers that are missing between the first and the last of a writer.
    public var gaps = 0
    /// Events that writers said they could not keep.
    public var reportedDrops = 0
    public var segments: [String] = []
    public var seqsByWriter: [String: [Int]] = [:]

    /// - Throws: what the storage says; a folder that was never made is an empty session.
    public init(_ storage: any Storage, _ user: UserID, _ session: SessionID) throws {
        let folder = DataLayout.sessionFolder(user, session)
        var hashes: [FrameIdentity: UInt32] = [:]
        let reader = SegmentReader()
        for name in try Self.segments(storage, folder) {
            segments.append(name.fileName)
            let file = try storage.openForReading(folder.appending(name.fileName))
            let size = try file.status().size
            var sections: [(FrameHeader?, [UInt8], UInt32)] = []
            let progress = try reader.read(
                file, name: name, session: session, from: 0, size: size
            ) { frame in
                for section in frame.sections {
                    let bytes = unsafe Array(frame.bytes[section.body])
                    sections.append((section.header, bytes, section.contentHash))
                }
            }
            badRegions += progress.badRegions
            pendingBytes += progress.pendingBytes
            for (header, bytes, hash) in sections { add(header, bytes, hash, &hashes) }
        }
        for seqs in seqsByWriter.values {
            gaps += (seqs.max() ?? -1) + 1 - Set(seqs).count
        }
        values.sort()
    }

    private static func segments(
        _ storage: any Storage, _ folder: StoragePath
    ) throws -> [SegmentName] {
        do throws(StorageError) {
            return try storage.list(folder).compactMap { SegmentName(fileName: $0.name) }.sorted()
        } catch {
            guard error.code == ENOENT else { throw error }
            return []
        }
    }

    private mutating func add(
        _ header: FrameHeader?, _ bytes: [UInt8], _ hash: UInt32,
        _ hashes: inout [FrameIdentity: UInt32]
    ) {
        if let header {
            if let known = hashes[header.identity] {
                duplicates += 1
                if known != hash { conflicts += 1 }
                return
            }
            hashes[header.identity] = hash
            seqsByWriter[header.identity.writer, default: []].append(header.identity.seq)
            reportedDrops += header.dropped
        }
        for line in bytes.split(separator: 0x0A) {
            do throws(LineError) {
                guard case .sample(let sample) = try EventParser.parse(Array(line)) else { continue }
                values.append(Int(sample.value))
            } catch {
                badLines += 1
            }
        }
    }
}
