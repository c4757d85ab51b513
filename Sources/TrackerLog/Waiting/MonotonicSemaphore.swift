import Glibc

/// A counting semaphore whose deadlines are those of `CLOCK_MONOTONIC`.
///
/// `DispatchSemaphore` waits by the wall clock on Linux: when that clock is set forward the wait
/// ends at once, and when it is set back the wait takes longer by as much.
@safe package final class MonotonicSemaphore: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    /// Signals that no `wait` has taken yet; accessed under `mutex`.
    private var signals = 0

    package init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        // Neither is destroyed: `pthread_cond_destroy` waits for threads that wait, and in a forked
        // child those of the parent, which are not there, count as waiting. Both hold only memory.
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    package func signal() {
        unsafe pthread_mutex_lock(mutex)
        signals += 1
        unsafe pthread_cond_signal(condition)
        unsafe pthread_mutex_unlock(mutex)
    }

    package func wait() { _ = wait(until: nil) }

    package func wait(milliseconds: Int) -> Bool {
        wait(until: MonotonicTime.now.advanced(byMilliseconds: milliseconds))
    }

    /// Takes one signal.
    /// - Parameter deadline: `nil` waits for ever; one that has passed does not wait.
    /// - Returns: `false` when there was no signal before the deadline.
    package func wait(until deadline: MonotonicTime?) -> Bool {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        var result: Int32 = 0
        while signals == 0 {
            guard result == 0 else { return false }
            if var time = deadline?.systemTime {
                result = unsafe pthread_cond_timedwait(condition, mutex, &time)
            } else {
                result = unsafe pthread_cond_wait(condition, mutex)
            }
        }
        signals -= 1
        return true
    }
}
