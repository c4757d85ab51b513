import Glibc

/// The machine's idea of what time it is.
public enum WallClock {
    /// Unix milliseconds, with microseconds in the fraction.
    public static let nowMs: @Sendable () -> Double = {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &time) == 0 else { return 0 }
        return Double(time.tv_sec) * 1_000 + Double(time.tv_nsec / 1_000) / 1_000
    }
}
