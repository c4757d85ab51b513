import ArgumentParser
import TrackerLog
import TrackerUpkeep

/// `tracker prune --keep-size`.
extension PruneCommand {
    func run(_ size: ByteSize, _ context: DataContext, _ storage: any Storage) throws {
        var cap = SizeCap(bytes: size.bytes)
        cap.isDryRun = !apply
        if let keepLast { cap.keepLast = keepLast }
        if data.user != nil { cap.user = context.user }
        let showsProgress = Console.current.isTerminal(.error)
        let report = try withTidyFailures { () throws(UpkeepError) in
            try cap.run(in: storage, now: .now) { entry, bytes in
                guard showsProgress else { return }
                showProgress("\r\u{1B}[K\(Self.size(bytes)), \(entry.title)")
            }
        }
        if showsProgress { showProgress("\r\u{1B}[K") }
        if json {
            printJSON(report.json(cap))
        } else {
            printText(Self.text(report, cap))
        }
        for problem in report.problems { printError("error: \(printable(problem))") }
        if report.after > cap.bytes {
            printError(
                "error: the log \(apply ? "has" : "would have") \(Self.size(report.after)), more"
                    + " than the \(Self.size(cap.bytes)) of --keep-size: what is left is marked,"
                    + " new or open; name sessions to move them, or take notes and tags back")
        }
        if report.after > cap.bytes || !report.problems.isEmpty { throw ExitCode(2) }
    }

    private static func size(_ bytes: Int) -> String {
        NumberFormat.plain.quantity(Double(bytes), unit: "B")
    }

    private static func text(_ report: SizeCapReport, _ cap: SizeCap) -> String {
        let (becomes, moves) =
            cap.isDryRun ? ("would become", "would be moved") : ("became", "moved to trash/")
        var lines = report.thinned.map { one in
            "\(one.entry.title): \(one.counts.samples) samples \(becomes) \(one.counts.histograms)"
                + " histograms, \(one.entry.bytes) bytes \(becomes) \(one.bytes)"
        }
        lines += report.taken.map { "\($0.title): \($0.events) events \(moves), \($0.bytes) bytes" }
        lines += report.kept.map { "\($0.title) stays: \(printable($0.reason ?? ""))" }
        let verb = cap.isDryRun ? "would have" : "has"
        lines.append(
            "log/ had \(size(report.before)), \(verb) \(size(report.after)) of at most"
                + " \(size(cap.bytes)); \(report.thinned.count) sessions thinned,"
                + " \(report.taken.count) moved")
        if cap.isDryRun, !report.thinned.isEmpty || !report.taken.isEmpty {
            lines.append("nothing was changed: --apply does it")
        }
        if report.trashed > 0 {
            lines.append(
                "\(size(report.trashed)) are in trash/: `tracker restore` brings them back,"
                    + " `tracker prune --empty-trash --yes` frees the room")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}

extension SizeCapReport {
    fileprivate func json(_ cap: SizeCap) -> JSONValue {
        let thinned = thinned.map { one in
            JSONValue.object([
                .init("user", .string(one.entry.key.user.value)),
                .init("session", .string(one.entry.key.session.value)),
                .init("bytes_before", .integer(one.entry.bytes)),
                .init("bytes_after", .integer(one.bytes)),
                .init("samples", .integer(one.counts.samples)),
                .init("histograms", .integer(one.counts.histograms)),
            ])
        }
        return .object([
            .init("applied", .bool(!cap.isDryRun)), .init("taken", .array(taken.map(\.json))),
            .init("kept", .array(kept.map(\.json))),
            .init("problems", .array(problems.map(JSONValue.string))),
            .init(
                "size",
                .object([
                    .init("limit", .integer(cap.bytes)), .init("before", .integer(before)),
                    .init("after", .integer(after)), .init("trashed", .integer(trashed)),
                ])),
            .init("thinned", .array(thinned)),
        ])
    }
}
