package import TrackerLog

/// A repair's result, or its plan, as text and as JSON.
extension RepairReport {
    /// One line for each bad region and for each skipped file.
    package var findings: [String] {
        var lines = problems.map { "could not be read: \($0)" }
        lines += regions.flatMap { $0.findings(in: key.session) }
        lines += openFiles.map { "\($0): may still be written to: skipped" }
        return lines
    }

    /// `docs/RELIABILITY.md` describes the fields.
    package var json: JSONValue {
        .object([
            .init("user", .string(key.user.value)), .init("session", .string(key.session.value)),
            .init("lines", .integer(lines)), .init("unchecked_lines", .integer(uncheckedLines)),
            .init("regions", .array(regions.map(\.json))),
            .init("open_files", .array(openFiles.map(JSONValue.string))),
            .init("written", .array(written.map(\.json))),
            .init("problems", .array(problems.map { .string("\($0)") })),
        ])
    }
}

extension RepairReport.Region {
    fileprivate func findings(in own: SessionID) -> [String] {
        let begin =
            "\(bad.file): offset \(bad.offset), length \(bad.length):"
            + " \(bad.reason.rawValue): "
        var lines = saved.map { begin + $0.text(in: own) }
        if uncheckedLines > 0 {
            lines.append(
                begin + "\(uncheckedLines) lines without checksum: --unchecked saves them")
        }
        if sectionsElsewhere > 0, lines.isEmpty {
            lines.append(begin + "its readable sections are in the log already")
        }
        if isGivenUp { lines.append(begin + "search stopped at its limit, before the end") }
        return lines.isEmpty ? [begin + "nothing to save"] : lines
    }

    fileprivate var json: JSONValue {
        .object([
            .init("file", .string(bad.file)), .init("offset", .integer(bad.offset)),
            .init("length", .integer(bad.length)),
            .init("reason", .string(bad.reason.rawValue)),
            .init("saved", .array(saved.map(\.json))),
            .init("sections_elsewhere", .integer(sectionsElsewhere)),
            .init("unchecked_lines", .integer(uncheckedLines)),
            .init("given_up", .bool(isGivenUp)),
        ])
    }
}

extension RepairReport.Saved {
    fileprivate func text(in own: SessionID) -> String {
        var text = "\(sections) \(sections == 1 ? "section" : "sections"), \(lines) lines"
        if incompleteSections > 0 { text += ", \(incompleteSections) sections incomplete" }
        if !isChecked { text += ", unchecked" }
        if session != own { text += ", to session \(session)" }
        return text
    }

    fileprivate var json: JSONValue {
        .object([
            .init("session", .string(session.value)), .init("checked", .bool(isChecked)),
            .init("sections", .integer(sections)),
            .init("incomplete_sections", .integer(incompleteSections)),
            .init("lines", .integer(lines)),
        ])
    }
}

extension RepairReport.Written {
    fileprivate var json: JSONValue {
        .object([
            .init("path", .string(path)), .init("bytes", .integer(bytes)),
            .init("sections", .integer(sections)), .init("lines", .integer(lines)),
        ])
    }
}
