import Glibc

/// Where programs put files that nobody keeps.
enum TemporaryFiles {
    /// TMPDIR, else `/tmp`.
    static var root: String {
        unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    }
}
