import Glibc
import Synchronization

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
