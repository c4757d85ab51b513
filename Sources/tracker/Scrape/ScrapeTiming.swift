import ArgumentParser
import TrackerLoad

/// When looks are due.
struct ScrapeTiming {
    let every: Duration
    let length: Duration?

    /// A service that answers more often does nothing else.
    private static let shortest = Duration.milliseconds(100)

    /// - Parameters: texts of the options `--every` and `--for`.
    init(every text: String, length: String?) throws {
        every = try DurationText.parse(text, argument: "--every")
        self.length = try length.map { try DurationText.parse($0, argument: "--for") }
        guard every >= Self.shortest else {
            throw ValidationError("--every \(text): at least 100ms")
        }
        guard self.length.map({ $0 > .zero }) ?? true else {
            throw ValidationError("--for must be above 0")
        }
    }

    /// How long to wait for the next look; those that are late are left out. `nil`: it is over.
    func pause(since begin: ContinuousClock.Instant, now: ContinuousClock.Instant) -> Duration? {
        let passed = now - begin
        if let length, passed >= length { return nil }
        let next = every * (Int(passed / every) + 1)
        guard let length, next > length else { return next - passed }
        // A last look at the end, so that all of the time is counted.
        return length - passed
    }
}
