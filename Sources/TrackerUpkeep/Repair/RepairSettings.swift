import TrackerLog

/// The storage and the rules of a repair.
struct RepairSettings {
    let storage: any Storage
    /// Unix milliseconds.
    let now: Timestamp
    let includesUnchecked: Bool
    /// Makes 16 random hex digits.
    let newWriterID: () -> String

    var verifier: LogVerifier {
        LogVerifier(storage: storage, now: now, maxRegions: .max)
    }
}
