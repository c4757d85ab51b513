package import TrackerLog

/// What a run's file carries and what it does not. It is kept in the run's parameters, so that the
/// page shows it among the conditions.
package struct LossReport: Sendable, Hashable {
    package var members: [JSONValue.Member] = []

    init(
        run: ImportedRun, format: String, lacks: [String], measured: String?, time: String,
        lost: String?
    ) {
        func add(_ name: String, _ text: String?) {
            if let text, !text.isEmpty { members.append(.init(name, .string(text))) }
        }
        add("import_format", format)
        add("import_measured", measured ?? "nothing: all numbers are the tool's own")
        add("import_reported", run.reported.names.joined(separator: ", "))
        add("import_lacks", (lacks + run.lacks).joined(separator: "; "))
        add("import_left_out", run.leftOut.joined(separator: "; "))
        add("import_time", time)
        add("latency", run.latency.rawValue)
        add("import_lost", lost)
    }

    /// Of events that are as they were: the run itself says how its latencies were taken.
    var withoutLatency: LossReport {
        var report = self
        report.members.removeAll { $0.key.isExactly("latency") }
        return report
    }

    package subscript(name: String) -> String? {
        members.first { $0.key.isExactly(name) }?.value.stringValue
    }
}
