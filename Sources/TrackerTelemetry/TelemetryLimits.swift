/// How much this target takes from a program that sends metrics, and why.
package enum TelemetryLimits {
    /// A label's value: longer ones are cut, as a path with an id for each request is no label.
    package static let labelBytes = 256
    /// A compressed body may become so many times as long: lines of one series become a hundred
    /// times shorter at most, and a bomb is denser.
    static let maxBodyRatio = 250
    /// But so much in any case: a few lines that are all alike are no bomb.
    static let anyRatioBytes = 1 << 20
}
