import Glibc

/// How long the tests may take.
public enum TestMode {
    /// Whether `scripts/test --long` runs them: more seeds, more rounds.
    public static var isLong: Bool {
        unsafe getenv("TRACKER_TEST_MODE").map { unsafe strcmp($0, "long") == 0 } ?? false
    }

    /// Whether a sanitizer watches: everything takes several times as long, and finds as much with
    /// fewer seeds.
    public static var isSanitized: Bool { unsafe getenv("TRACKER_SANITIZER") != nil }
}
