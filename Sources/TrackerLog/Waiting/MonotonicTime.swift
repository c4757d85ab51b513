import Glibc

/// A moment of `CLOCK_MONOTONIC`, which no step of the wall clock changes.
///
/// For waits only: it stands still while the machine is suspended, as the timeouts of the kernel
/// that are measured by it do.
package struct MonotonicTime: Sendable, Hashable, Comparable {
    /// Nanoseconds since some moment in the past.
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static var now: MonotonicTime {
        var time = timespec()
        // Cannot fail: Linux has this clock everywhere.
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(
            nanoseconds: Int64(time.tv_sec) * nanosecondsPerSecond + Int64(time.tv_nsec))
    }

    package static func < (a: MonotonicTime, b: MonotonicTime) -> Bool {
        a.nanoseconds < b.nanoseconds
    }

    /// The latest time there is when the sum is beyond it.
    package func advanced(byMilliseconds milliseconds: Int) -> MonotonicTime {
        let (step, isStepTooLarge) = Int64(milliseconds).multipliedReportingOverflow(by: 1_000_000)
        let (sum, isTooLarge) = nanoseconds.addingReportingOverflow(step)
        guard !isStepTooLarge, !isTooLarge else {
            return MonotonicTime(nanoseconds: milliseconds < 0 ? .min : .max)
        }
        return MonotonicTime(nanoseconds: sum)
    }

    package var milliseconds: Int { Int(nanoseconds / 1_000_000) }

    /// As the calls of the system take it.
    var systemTime: timespec {
        let nanoseconds = max(0, nanoseconds)
        return timespec(
            tv_sec: Int(nanoseconds / Self.nanosecondsPerSecond),
            tv_nsec: Int(nanoseconds % Self.nanosecondsPerSecond))
    }

    private static let nanosecondsPerSecond: Int64 = 1_000_000_000
}
