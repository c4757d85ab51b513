import TrackerLog

/// The user and session in a request path.
///
/// A path has the ids themselves, percent-encoded once: `/sessions/u/%2541` is the session `%41`.
/// Below `by-folder` it has the names of their folders, for ids that no path can hold: see
/// `sessionPath`. Both are only looked up in the index, never joined to a file path.
struct SessionAddress: Equatable {
    let user: UserID
    let session: SessionID

    /// - Returns: `nil` for invalid ids.
    init?(_ parameters: [String]) {
        guard parameters.count == 2, let user = UserID(valid: parameters[0]),
            let session = SessionID(valid: parameters[1])
        else { return nil }
        self.user = user
        self.session = session
    }

    /// - Returns: `nil` unless both are names of folders.
    init?(folders parameters: [String]) {
        guard parameters.count == 2, let user = UserID(directoryName: parameters[0]),
            let session = SessionID(directoryName: parameters[1])
        else { return nil }
        self.user = user
        self.session = session
    }
}

extension RouteRequest {
    /// The session of a path that begins with its ids, whatever comes behind them.
    var address: SessionAddress? { SessionAddress(Array(parameters.prefix(2))) }
    /// The same of a path below `by-folder`.
    var folderAddress: SessionAddress? { SessionAddress(folders: Array(parameters.prefix(2))) }
}
