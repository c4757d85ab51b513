import Glibc
import Synchronization

/// Tells a process from its forked children, for the price of reading a number.
enum ForkGeneration {
    private static let count = Atomic<Int>(0)

    /// Counts up in every child, from the first use on.
    private static let isWatching: Bool = pthread_atfork(nil, nil, { childBegins() }) == 0

    private static func childBegins() { count.add(1, ordering: .relaxed) }

    /// How many forks lie between this process and the first that asked.
    static var current: Int { isWatching ? count.load(ordering: .relaxed) : 0 }
}
