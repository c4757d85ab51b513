package import TrackerLog

/// Folds a part of what is new in a session; what is left stands in its `unreadBytes`.
package protocol FoldStrategy {
    /// - Parameter folded: told how many bytes of the files, and how many events. Any thread.
    func fold(
        _ index: SessionIndex, _ listing: SessionListing, in storage: any Storage,
        folded: @Sendable (_ bytes: Int, _ events: Int) -> Void)
}
