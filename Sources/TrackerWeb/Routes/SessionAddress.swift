import TrackerLog

/// The user and session that a path speaks of.
///
/// Our own links write the ids as their directory names; a program may write the ids themselves.
/// Both are only looked up in the index, never joined to a path.
struct SessionAddress: Equatable {
    let user: UserID
    let session: SessionID

    /// - Returns: `nil` when no session can have such ids.
    init?(_ parameters: [String]) {
        guard parameters.count == 2 else { return nil }
        do {
            self.user = try UserID(directoryName: parameters[0]) ?? UserID(parameters[0])
            self.session = try SessionID(directoryName: parameters[1]) ?? SessionID(parameters[1])
        } catch {
            return nil
        }
    }
}
