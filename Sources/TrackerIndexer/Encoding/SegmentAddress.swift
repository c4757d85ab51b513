package import TrackerLog

/// User, session and name of a segment, independent of where its file is.
package struct SegmentAddress: Sendable, Hashable, CustomStringConvertible {
    package let user: UserID
    package let session: SessionID
    package let name: SegmentName

    package init(user: UserID, session: SessionID, name: SegmentName) {
        self.user = user
        self.session = session
        self.name = name
    }

    /// - Parameter components: the path below `log/`: user folder, session folder, file name.
    /// - Returns: `nil` if this is not the path of a segment.
    package init?(components: [String]) {
        guard components.count == 3, let user = UserID(directoryName: components[0]),
            let session = SessionID(directoryName: components[1]),
            let name = SegmentName(fileName: components[2])
        else { return nil }
        self.init(user: user, session: session, name: name)
    }

    package var path: StoragePath {
        DataLayout.sessionFolder(user, session).appending(name.fileName)
    }

    package var description: String { path.components.dropFirst().joined(separator: "/") }
}
