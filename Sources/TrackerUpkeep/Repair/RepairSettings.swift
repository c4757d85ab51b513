import TrackerLog

/// What a repair works on, and by which rules.
struct RepairSettings {
    let storage: any Storage
    /// Unix milliseconds.
    let nowMs: Double
    let includesUnchecked: Bool
    /// Makes 16 random hex digits.
    let newWriterID: () -> String

    var verifier: LogVerifier {
        LogVerifier(storage: storage, nowMs: nowMs, maxRegions: .max)
    }
}
