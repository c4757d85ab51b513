import TrackerLog

extension RunSummary {
    /// Warnings about the run's numbers, from the summary that its load generator reported. Not
    /// measured here: see the summary of `tracker load`.
    package var doubts: [String] {
        var doubts: [String] = []
        if reported?["generator_limited"]?.boolValue == true {
            doubts.append("the generator, not the target, may have been the limit")
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
        return doubts
    }
}
