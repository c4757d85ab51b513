package import TrackerLog

/// Folds some of what is new in a session. The rest is counted in its `unreadBytes`.
package protocol FoldStrategy {
    /// - Parameter folded: called with the bytes and events just folded, from any thread.
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
        let step = max(stepBytes, IndexLimits.fewestStepBytes(files: listing.segments.count))
        let hasChanged = index.update(listing, in: storage, with: self, atMostBytes: step)
        // Less than before: a file was truncated or replaced, so all was folded again.
        let wasReset = index.foldedBytes < before.0 || index.state.events < before.1
        folded(
            index.foldedBytes - (wasReset ? 0 : before.0),
            index.state.events - (wasReset ? 0 : before.1))
        return hasChanged
    }
}
