/// What folding the new parts of files came to.
enum FoldOutcome {
    /// What is new is folded, or nothing was.
    case folded(changed: Bool)
    /// A file was replaced, cut or removed. What was folded of it cannot be taken out of a state,
    /// so the session has to be folded again from nothing.
    case mustFoldAgain
}
