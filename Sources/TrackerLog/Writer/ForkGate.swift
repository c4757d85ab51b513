import Glibc
import Synchronization

/// Lets a program that logs fork between two jobs of the writers' own threads, not within one.
///
/// A child has the thread that forked and no other, and what the others had locked stays locked in
/// it for ever: locks of ours, and those that the Swift runtime takes when a type is first used. So
/// the fork waits until no job runs, and jobs that begin meanwhile wait for the fork. Threads of
/// the program itself are not held: what they lock is theirs to know.
enum ForkGate {
    /// Jobs that run now, in this process.
    private static let running = Atomic<Int>(0)
    /// Threads between the beginning and the end of `fork(2)`.
    private static let forking = Atomic<Int>(0)
    /// Between two looks at the numbers above, microseconds.
    private static let pauseUs: UInt32 = 50

    /// Runs a job that no fork falls into, unless it takes longer than
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
        // Of a job that forked itself, the child has counted none.
        if generation == ForkGeneration.current {
            running.subtract(1, ordering: .sequentiallyConsistent)
        }
        return result
    }

    /// Before the fork, in the thread that forks.
    static func forkBegins() {
        forking.add(1, ordering: .sequentiallyConsistent)
        let deadline = ContinuousClock.now + .milliseconds(LogLimits.maxForkWaitMilliseconds)
        while running.load(ordering: .sequentiallyConsistent) > 0, .now < deadline {
            usleep(pauseUs)
        }
    }

    /// After it, in the parent.
    static func parentGoesOn() { forking.subtract(1, ordering: .sequentiallyConsistent) }

    /// After it, in the child, which has no thread that runs a job.
    static func childBegins() {
        running.store(0, ordering: .sequentiallyConsistent)
        forking.store(0, ordering: .sequentiallyConsistent)
    }
}

/// Tells a process from its forked children, for the price of reading a number.
enum ForkGeneration {
    private static let count = Atomic<Int>(0)

    private static let isWatching: Bool =
        pthread_atfork({ ForkGate.forkBegins() }, { ForkGate.parentGoesOn() }, { childBegins() })
        == 0

    /// Begins to count. Not in `current`: a static that was made by the only thread of a process is
    /// read under a lock of the Swift runtime ever after, and a child may find it locked.
    static func watch() { _ = isWatching }

    private static func childBegins() {
        count.add(1, ordering: .relaxed)
        ForkGate.childBegins()
    }

    /// How many forks lie between this process and the first that watched.
    static var current: Int { count.load(ordering: .relaxed) }
}
