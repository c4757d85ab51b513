import Glibc
import Synchronization

/// Makes `fork(2)` wait until no writer thread is in the middle of a job.
///
/// A child process has only the thread that forked. Locks held by other threads are never released
/// in it: the writer's own, and those that the Swift runtime takes when a type is first used. So
/// the fork waits for running jobs, and new jobs wait for the fork. The program's own threads and
/// their locks are not covered.
enum ForkGate {
    /// Jobs running in this process.
    private static let running = Atomic<Int>(0)
    /// Threads inside `fork(2)`.
    private static let forking = Atomic<Int>(0)
    /// Polling interval of the two counters, microseconds.
    private static let pauseUs: UInt32 = 50

    /// Runs a job during which no fork happens, unless it takes longer than
    /// `LogLimits.maxForkWaitMilliseconds`.
    static func hold<Result>(_ job: () -> Result) -> Result {
        let generation = ForkGeneration.current
        running.add(1, ordering: .sequentiallyConsistent)
        while forking.load(ordering: .sequentiallyConsistent) > 0 {
            running.subtract(1, ordering: .sequentiallyConsistent)
            usleep(pauseUs)
            running.add(1, ordering: .sequentiallyConsistent)
        }
        let result = job()
        // If the job itself forked, the child has already reset the counter.
        if generation == ForkGeneration.current {
            running.subtract(1, ordering: .sequentiallyConsistent)
        }
        return result
    }

    /// Before the fork, in the forking thread.
    static func forkBegins() {
        forking.add(1, ordering: .sequentiallyConsistent)
        let deadline = ContinuousClock.now + .milliseconds(LogLimits.maxForkWaitMilliseconds)
        while running.load(ordering: .sequentiallyConsistent) > 0, .now < deadline {
            usleep(pauseUs)
        }
    }

    /// After the fork, in the parent.
    static func parentResumes() { forking.subtract(1, ordering: .sequentiallyConsistent) }

    /// After the fork, in the child, where no thread runs a job.
    static func childBegins() {
        running.store(0, ordering: .sequentiallyConsistent)
        forking.store(0, ordering: .sequentiallyConsistent)
    }
}

/// Distinguishes a process from its forked children, at the cost of one atomic load.
enum ForkGeneration {
    private static let count = Atomic<Int>(0)

    private static let isWatching: Bool =
        pthread_atfork({ ForkGate.forkBegins() }, { ForkGate.parentResumes() }, { childBegins() })
        == 0

    /// Starts counting forks. Not done in `current`: a lazy static that was created while the
    /// process had only one thread is read under a lock of the Swift runtime from then on, and a
    /// child may inherit that lock locked.
    static func watch() { _ = isWatching }

    private static func childBegins() {
        count.add(1, ordering: .relaxed)
        ForkGate.childBegins()
    }

    /// Number of forks between the process that first called `watch` and this one.
    static var current: Int { count.load(ordering: .relaxed) }
}
