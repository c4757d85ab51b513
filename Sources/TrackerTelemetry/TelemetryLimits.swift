/// How much this target takes from a program that sends metrics, and why.
package enum TelemetryLimits {
    /// A label's value: longer ones are cut, as a path with an id for each request is no label.
    package static let labelBytes = 256
}
