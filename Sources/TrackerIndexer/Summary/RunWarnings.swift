import TrackerLog

extension RunSummary {
    /// Warnings about the run's numbers: what is missing of them in the log, and what its load
    /// generator reported, which is not measured here: see the summary of `tracker load`.
    package var doubts: [String] { [lossDoubt].compactMap(\.self) + reportedDoubts }

    /// The same beside a note about all that is missing in the session: without what may be of any
    /// run.
    package var ownDoubts: [String] {
        [lost?.times.isEmpty ?? true ? nil : lossDoubt].compactMap(\.self) + reportedDoubts
    }

    private var lossDoubt: String? { lost?.text.map { "\($0): \(Self.lowerBound)" } }

    private var reportedDoubts: [String] {
        var doubts: [String] = []
        if reported?["generator_limited"]?.boolValue == true {
            doubts.append(Self.generatorWarning(generatorLimit))
        }
        func count(_ name: String) -> String? {
            guard let count = reported?[name]?.intValue, count > 0 else { return nil }
            return count == 1 ? "1 request" : "\(count) requests"
        }
        if let unsent = count("unsent_requests") {
            doubts.append("\(unsent) due and never sent: without them percentiles are too good")
        }
        if let unfinished = count("unfinished_requests") {
            doubts.append(
                "\(unfinished) without an answer when it was stopped: percentiles may be too good")
        }
        if let unrecorded = count("unrecorded_requests") {
            doubts.append("\(unrecorded) without a sample: the log could not keep up")
        }
        if let started, let finished, finished < started {
            doubts.append(
                "ends before it starts: its clock was set back, and rates are those of the seconds"
                    + " with samples")
        }
        return doubts + reportedContradictions + disturbances
    }

    /// What was not quiet on the machine of the load generator while it ran, as it found.
    private var disturbances: [String] {
        let texts = (reported?["disturbances"]?.arrayValue ?? []).compactMap {
            $0["what"]?.stringValue
        }
        return texts.prefix(IndexLimits.maxDisturbances).map { text in
            let cut = text.unicodeScalars.prefix(IndexLimits.maxGeneratorReason)
            return "not quiet: " + String(String.UnicodeScalarView(cut))
        }
    }

    /// What missing records mean for the numbers of a run.
    package static let lowerBound = "throughput is a lower bound"

    /// The one sentence of `tracker load`, of commands and of pages.
    /// - Parameter reason: which number is off, and by how much; `nil` if the run does not say.
    package static func generatorWarning(_ reason: String?) -> String {
        "the generator, not the target, may be the limit" + (reason.map { ": \($0)" } ?? "")
    }

    /// As the generator worded it. A run of an earlier version has only the number.
    private var generatorLimit: String? {
        if let text = reported?["generator_limit"]?.stringValue, !text.isEmpty {
            let cut = text.unicodeScalars.prefix(IndexLimits.maxGeneratorReason)
            return String(String.UnicodeScalarView(cut))
        }
        guard let percent = reported?["generator_bias_percent"]?.doubleValue, percent > 0 else {
            return nil
        }
        return
            "its delay makes response times up to \(NumberFormat.plain.value(percent)) % too high"
    }
}
