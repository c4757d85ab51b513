import TrackerAnalysis
import TrackerLoad
import TrackerLog

/// What `tracker doctor` prints.
enum DoctorText {
    private static let number = NumberFormat.grouped

    static func lines(_ findings: [QuietFinding], noise: NoiseProbe.Result?) -> [String] {
        var lines = findings.map { "\($0.what): \($0.effect). To do: \($0.remedy)" }
        if findings.isEmpty { lines.append("Quiet: nothing was found that disturbs.") }
        if let noise { lines += self.lines(noise) }
        return lines
    }

    private static func lines(_ noise: NoiseProbe.Result) -> [String] {
        guard let comparison = noise.comparison else { return [] }
        let changes = comparison.rows.compactMap { row in
            visible(row).map { "\(row.statistic.rawValue) below \(percent($0))" }
        }
        let length = DurationText.text(of: noise.length)
        let each = noise.runs / 2
        guard !changes.isEmpty else {
            return ["The runs of \(length) have too few requests to tell how much they vary."]
        }
        var lines = [
            "Here, now, with \(each) runs of \(length) each, these changes cannot be seen: "
                + changes.joined(separator: ", ") + "."
        ]
        let different = comparison.rows.filter(\.verdict.isDifferent).map(\.statistic.rawValue)
        if !different.isEmpty {
            lines.append(
                "A and B were taken for different in \(different.joined(separator: ", ")), though"
                    + " nothing differs: something changed meanwhile.")
        }
        return lines
    }

    /// Half the interval: a smaller change has an interval that holds zero.
    private static func visible(_ row: ComparisonRow) -> Double? {
        row.interval.map { ($0.upperBound - $0.lowerBound) / 2 }
    }

    private static func percent(_ share: Double) -> String {
        number.value(share * 100, digits: 2) + " %"
    }

    static func json(_ findings: [QuietFinding], noise: NoiseProbe.Result?) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("quiet", .bool(findings.isEmpty)),
            .init("findings", .array(findings.map(\.json))),
        ]
        if let noise {
            let rows = (noise.comparison?.rows ?? []).compactMap { row in
                visible(row).map { share in
                    JSONValue.object([
                        .init("statistic", .string(row.statistic.rawValue)),
                        .init("smallest_visible_percent", .double(share * 100)),
                        .init("told_apart", .bool(row.verdict.isDifferent)),
                    ])
                }
            }
            members.append(
                .init(
                    "noise",
                    .object([
                        .init("target", .string(noise.target)),
                        .init("session", .string(noise.session)),
                        .init("runs_each", .integer(noise.runs / 2)),
                        .init("run_s", .double(noise.length.milliseconds / 1e3)),
                        .init("rows", .array(rows)),
                    ])))
        }
        return .object(members)
    }
}
