import TrackerLog

/// The user and session in a request path.
///
/// Links of the pages contain the ids as directory names; programs may use the ids themselves. Both
/// are only looked up in the index, never joined to a file path.
struct SessionAddress: Equatable {
    let user: UserID
    let session: SessionID

    /// - Returns: `nil` for invalid ids.
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
