package import TrackerLog

/// What a repair saves, or would save, in words and as JSON.
extension RepairReport {
    /// One line for each bad region, and for each file that is left for later.
    package var findings: [String] {
        var lines = problems.map { "could not be read: \($0)" }
        lines += regions.flatMap { $0.findings(in: key.session) }
        lines += openFiles.map { "\($0): may still be written to: left for later" }
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
            "\(place.file): offset \(place.offset), length \(place.length):"
            + " \(place.reason.rawValue): "
        var lines = saved.map { begin + $0.text(in: own) }
        if uncheckedLines > 0 {
            lines.append(
                begin + "\(uncheckedLines) lines that no checksum vouches for: --unchecked saves"
                    + " them")
        }
        if sectionsElsewhere > 0, lines.isEmpty {
            lines.append(begin + "what can be read of it is in the log already")
        }
        if isGivenUp { lines.append(begin + "looking took too long: not searched to its end") }
        return lines.isEmpty ? [begin + "nothing that can be saved"] : lines
    }

    fileprivate var json: JSONValue {
        .object([
            .init("file", .string(place.file)), .init("offset", .integer(place.offset)),
            .init("length", .integer(place.length)),
            .init("reason", .string(place.reason.rawValue)),
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
        if incompleteSections > 0 { text += ", \(incompleteSections) of them not as promised" }
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
