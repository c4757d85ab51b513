/// Every limit of the search for the part that changed in one place, with its reason.
package enum PartLimits {
    /// The whole of the error that may be made: naming any part although nothing changed.
    static let errorShare = 0.05
    /// From so many parts on they tell themselves how much a part moves by chance; fewer would
    /// name hardly anything.
    package static let fewestToMeasureAgainst = 6
    /// As for the whole: fewer runs of a side do not show how much runs differ.
    package static let runsThatTell = 3
    /// Of a part on each side: the mean of fewer is far from normal.
    static let fewestSamples = 20
    /// Larger ones go first: more would not be read, and each costs certainty to the others.
    static let maxParts = 50
    /// Names of labels that are tried, those with the most values first.
    static let maxNames = 8
    /// At most this share of the parts stands out; what more parts do is what the whole does.
    static let mostOutOf = 3
    /// What a part did is an outcome, not a part: errors are counted for each part.
    static let outcome = "status"
    /// A spread that is known, or the certainty of counts.
    static let knownDegrees = 1_000.0
    /// Parts in a text or on a page: the first ones are those that moved the whole.
    package static let shown = 5
}
