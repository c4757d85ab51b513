import TrackerLog

/// How many arenas the C library's allocator uses.
enum AllocatorArenas {
    /// One for each core, not eight: threads come and go in a server, and each arena keeps what was
    /// freed in it, so that memory grows for minutes without more being in use.
    static func limit(toCores cores: Int) {
        do throws(SharedLibrary.Failure) {
            // The module `Glibc` leaves it out.
            let mallopt: @convention(c) (Int32, Int32) -> Int32 =
                try SharedLibrary(names: ["libc.so.6"]).function("mallopt")
            _ = mallopt(arenaLimit, Int32(clamping: max(fewest, cores)))
        } catch {
            // Another C library: it has its own rules.
        }
    }

    /// `M_ARENA_MAX` of `malloc.h`.
    private static let arenaLimit: Int32 = -8
    /// With one alone, every thread would wait for every other.
    private static let fewest = 2
}
