import TrackerLog

/// How the C library's allocator keeps what a server has freed.
enum AllocatorRules {
    /// - One arena for each core, not eight: threads come and go in a server, and each arena keeps
    ///   what was freed in it, so that memory grows for minutes without more being in use.
    /// - Large tables go back to the system: without a fixed threshold the allocator takes the
    ///   first that is freed as a reason to keep later ones, and the tables of a hundred thousand
    ///   sessions grow by doubling.
    static func set(cores: Int) {
        do throws(SharedLibrary.Failure) {
            // The module `Glibc` leaves it out.
            let mallopt: @convention(c) (Int32, Int32) -> Int32 =
                try SharedLibrary(names: ["libc.so.6"]).function("mallopt")
            _ = mallopt(arenaLimit, Int32(clamping: max(fewest, cores)))
            _ = mallopt(mapThreshold, largeBytes)
        } catch {
            // Another C library: it has its own rules.
        }
    }

    /// `M_ARENA_MAX` of `malloc.h`.
    private static let arenaLimit: Int32 = -8
    /// With one alone, every thread would wait for every other.
    private static let fewest = 2
    /// `M_MMAP_THRESHOLD` of `malloc.h`.
    private static let mapThreshold: Int32 = -3
    /// More than the buffers that a request or a segment needs again and again.
    private static let largeBytes: Int32 = 512 << 10
}
