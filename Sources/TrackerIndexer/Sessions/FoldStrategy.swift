package import TrackerLog

/// Folds a part of what is new in a session; what is left stands in its `unreadBytes`.
package protocol FoldStrategy {
    /// - Parameter folded: told how many bytes of the files, and how many events. Any thread.
    /// - Returns: whether anything changed.
    @discardableResult
    func fold(
        _ index: SessionIndex, _ listing: SessionListing, in storage: any Storage,
        folded: @Sendable (_ bytes: Int, _ events: Int) -> Void
    ) -> Bool
}

extension FoldTools: FoldStrategy {
    @discardableResult
    package func fold(
        _ index: SessionIndex, _ listing: SessionListing, in storage: any Storage,
        folded: @Sendable (_ bytes: Int, _ events: Int) -> Void
    ) -> Bool {
        let before = (index.foldedBytes, index.state.events)
        let hasChanged = index.update(listing, in: storage, with: self, atMostBytes: stepBytes)
        // Less than before: the log was shorter than its snapshot, so all of it was folded anew.
        let wasReset = index.foldedBytes < before.0 || index.state.events < before.1
        folded(
            index.foldedBytes - (wasReset ? 0 : before.0),
            index.state.events - (wasReset ? 0 : before.1))
        return hasChanged
    }
}
