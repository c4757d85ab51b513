import NIOCore

/// How many event loops the server makes: one for each core, or fewer where descriptors are few.
package enum EventLoops {
    /// Threads that the server starts at once.
    package static var threads: Int {
        NIOSingletons.groupLoopCountSuggestion + NIOSingletons.blockingPoolThreadCountSuggestion
    }

    /// With this many free descriptors, every core gets a loop.
    package static var ampleDescriptors: Int {
        WebLimits.startDescriptors
            + NIOSingletons.groupLoopCountSuggestion * WebLimits.descriptorsPerLoop * 2
    }

    /// Half of the descriptors beyond the fewest are left to connections and files. To be called
    /// before the first loop is made.
    /// - Parameter free: at least `WebLimits.startDescriptors`.
    package static func fit(freeDescriptors free: Int) {
        let spare = max(0, free - WebLimits.startDescriptors)
        let loops = 1 + spare / (2 * WebLimits.descriptorsPerLoop)
        guard loops < NIOSingletons.groupLoopCountSuggestion else { return }
        NIOSingletons.groupLoopCountSuggestion = loops
    }
}
