package import TrackerLog

/// The files of a session's folder.
package struct SessionListing: Sendable {
    package struct Segment: Sendable {
        package let name: SegmentName
        /// Of the name: made once, because it is needed for each look at the segment.
        package let fileName: String
        /// `nil` when the storage does not list it.
        package var status: FileStatus?
    }

    /// By name.
    package var segments: [Segment] = []
    /// Files that are not segments, by name.
    package var ignored: [IgnoredFile] = []
    package var ignoredFiles: [String] { ignored.map(\.name) }

    /// Lists a session's folder.
    package init(_ user: UserID, _ session: SessionID, in storage: any Storage) throws(StorageError)
    {
        self.init(try storage.list(DataLayout.sessionFolder(user, session)))
    }

    init(_ entries: [StorageEntry]) {
        for entry in entries {
            if entry.kind == .file, let name = SegmentName(fileName: entry.name) {
                segments.append(
                    Segment(name: name, fileName: entry.name, status: entry.status))
            } else {
                ignored.append(IgnoredFile(entry))
            }
        }
        segments.sort { $0.fileName < $1.fileName }
        ignored.sort { $0.name < $1.name }
    }

    /// The latest modification time of its segments.
    package var modifiedNs: Int64 { segments.compactMap { $0.status?.modifiedNs }.max() ?? 0 }

    /// A hash that changes whenever a file is added, removed, replaced or written to.
    package var stamp: UInt64 {
        var bytes: [UInt8] = []
        func add(_ number: UInt64) {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        for segment in segments {
            bytes.append(contentsOf: segment.fileName.utf8)
            bytes.append(0)
            add(segment.status?.device ?? 0)
            add(segment.status?.inode ?? 0)
            add(UInt64(truncatingIfNeeded: segment.status?.size ?? 0))
            add(UInt64(bitPattern: segment.status?.modifiedNs ?? 0))
        }
        for name in ignoredFiles {
            bytes.append(contentsOf: name.utf8)
            bytes.append(0)
        }
        return XXHash64.hash(bytes)
    }
}

/// A file in a session's folder that is not read, and why.
package struct IgnoredFile: Sendable, Hashable {
    package var name: String
    /// The end of a sentence about it.
    package var why: String

    init(_ entry: StorageEntry) {
        name = StoragePath(entry.name).description
        why =
            switch entry.kind {
            case .file: SegmentName.refusal(of: entry.name) ?? "it is no segment"
            case .directory: "it is a folder"
            case .symbolicLink: "it is a link: links are not followed"
            case .other: "it is a pipe, socket or device, or a hard link to a file of another user"
            }
    }
}
