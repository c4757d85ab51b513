import Glibc

/// What event loops need when they are made. SwiftNIO ends the program where the system refuses it,
/// so a command asks first, and says what is missing.
package enum StartResources {
    /// Descriptors of one event loop: epoll, eventfd, timerfd.
    package static let descriptorsPerLoop = 3

    /// How many descriptors this process may have open at a time. Quicker to learn than how many
    /// are left, which means to open them.
    package static var descriptorLimit: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 0
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many more descriptors this process may open now.
    /// - Parameter most: where to stop counting.
    package static func freeDescriptors(upTo most: Int) -> Int {
        var taken: [Int32] = []
        while taken.count < most {
            let descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { break }
            taken.append(descriptor)
        }
        for descriptor in taken { close(descriptor) }
        return taken.count
    }

    /// How many more threads the system gives this process now.
    /// - Parameter most: where to stop counting.
    package static func freeThreads(upTo most: Int) -> Int {
        // The threads wait for this lock, so that all of them exist at the same time.
        let gate = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        defer { unsafe gate.deallocate() }
        unsafe pthread_mutex_init(gate, nil)
        unsafe pthread_mutex_lock(gate)
        var threads: [pthread_t] = []
        while threads.count < most {
            var thread = pthread_t()
            let code = unsafe pthread_create(
                &thread, nil,
                { gate in
                    guard let gate = unsafe gate?.assumingMemoryBound(to: pthread_mutex_t.self)
                    else { return nil }
                    unsafe pthread_mutex_lock(gate)
                    unsafe pthread_mutex_unlock(gate)
                    return nil
                }, gate)
            guard code == 0 else { break }
            threads.append(thread)
        }
        unsafe pthread_mutex_unlock(gate)
        for thread in threads { pthread_join(thread, nil) }
        unsafe pthread_mutex_destroy(gate)
        return threads.count
    }

    /// - Throws: when fewer descriptors or threads are left.
    package static func require(
        descriptors: Int, threads: Int, for what: String
    ) throws(LoadError) {
        raiseDescriptorLimit()
        let free = freeDescriptors(upTo: descriptors)
        guard free == descriptors else {
            throw .resources(
                "\(what) needs \(descriptors) more file descriptors, and \(free) are left:"
                    + " allow more with `ulimit -n 256`")
        }
        let started = freeThreads(upTo: threads)
        guard started == threads else {
            throw .resources(
                "\(what) needs \(threads) more threads, and the system gives \(started): end other"
                    + " programs, or allow more with `ulimit -u`")
        }
    }
}
