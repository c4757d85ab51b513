import TrackerLog

extension RunSummary {
    /// Why the run failed, in a few words, as what recorded it says; `nil` if it did not fail, or
    /// nothing says why.
    package var failureReason: String? {
        guard state == .failed,
            let reason = (reported?["reason"] ?? reported?["error"])?.stringValue
        else { return nil }
        return String(reason.prefix(IndexLimits.maxFailureCharacters))
    }

    /// The same, and a text where nothing says why; `nil` if the run did not fail.
    package var failure: String? {
        state == .failed ? failureReason ?? "no reason was given" : nil
    }
}

/// The metrics that `tracker load` records beside the requests.
enum Attendant {
    /// Of this process and of the target's, and the counts at the end. A run may have nothing else,
    /// and then it has no numbers: 19 open files are no result of a service.
    static let metrics: Set<String> = {
        let usage = [
            "cpu_percent", "resident_bytes", "threads", "open_files", "context_switches",
        ]
        return Set(
            usage.flatMap { ["generator.\($0)", "target.\($0)"] }
                + ["load.unsent_requests", "load.unfinished_requests"])
    }()
}
