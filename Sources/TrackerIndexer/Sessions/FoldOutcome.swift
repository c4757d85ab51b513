/// The outcome of folding the new parts of a session's files.
enum FoldOutcome {
    /// All new parts are folded; `changed` is `false` if there were none.
    case folded(changed: Bool)
    /// A file was replaced, truncated or removed. A state cannot be unfolded, so the session has to
    /// be folded again from the beginning.
    case mustFoldAgain
}
