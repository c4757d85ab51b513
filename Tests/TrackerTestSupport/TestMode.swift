import Glibc

/// How long the tests may take.
public enum TestMode {
    /// Whether `scripts/test --long` runs them: more seeds, more rounds.
    public static var isLong: Bool { named("long") }

    /// Whether they run under a sanitizer in `scripts/test` without `--long`. Each runs, but a law
    /// of one thread on an eighth of its seeds: a sanitizer looks at where the code goes, and that
    /// takes few, while each takes several times as long.
    public static var isShort: Bool { named("short") }

    /// How many rounds of the same kind a test does.
    public static func rounds(_ usual: Int, long: Int? = nil) -> Int {
        isLong ? long ?? usual : isShort ? (usual + 7) / 8 : usual
    }

    /// A sweep over all calls to a disk takes each so manyth. A prime: what recurs in a rhythm is
    /// not missed.
    public static var sweepStep: Int { isShort ? 7 : 1 }

    private static func named(_ mode: String) -> Bool {
        unsafe getenv("TRACKER_TEST_MODE").map { unsafe strcmp($0, mode) == 0 } ?? false
    }

    /// Whether a sanitizer watches: everything takes several times as long.
    public static var isSanitized: Bool { unsafe getenv("TRACKER_SANITIZER") != nil }
}
