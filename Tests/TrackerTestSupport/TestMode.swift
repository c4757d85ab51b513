import Glibc

/// How long the tests may take.
public enum TestMode {
    /// Whether `scripts/test --long` runs them: more seeds, more rounds.
    public static var isLong: Bool {
        unsafe getenv("TRACKER_TEST_MODE").map { unsafe strcmp($0, "long") == 0 } ?? false
    }
}
