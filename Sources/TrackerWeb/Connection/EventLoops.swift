import NIOCore
import Synchronization

/// How many event loops the server makes: one for each core, or fewer where descriptors are few.
///
/// Reading a suggestion of `NIOSingletons` fixes it, so that it can no longer be changed: the
/// number of cores comes from `System`.
package enum EventLoops {
    /// Threads that the server starts at once: a loop and a thread for files for each core.
    package static var threads: Int { 2 * System.coreCount }

    /// With this many free descriptors, every core gets a loop.
    package static var ampleDescriptors: Int {
        WebLimits.startDescriptors + System.coreCount * WebLimits.descriptorsPerLoop * 2
    }

    /// NIO takes one suggestion in the life of a process.
    private static let isFitted = Atomic(false)

    /// Half of the descriptors beyond the fewest are left to connections and files. To be called
    /// before the first loop is made; a second call does nothing.
    /// - Parameter free: at least `WebLimits.startDescriptors`.
    package static func fit(freeDescriptors free: Int) {
        let spare = max(0, free - WebLimits.startDescriptors)
        let loops = 1 + spare / (2 * WebLimits.descriptorsPerLoop)
        guard loops < System.coreCount,
            !isFitted.exchange(true, ordering: .relaxed)
        else { return }
        NIOSingletons.groupLoopCountSuggestion = loops
    }
}
