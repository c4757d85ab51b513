import TrackerIndexer
import TrackerLog

/// Findings as text, one line each. Names are unescaped, as in the log: the caller must make them
/// printable.
extension SessionVerification {
    /// Everything damaged or missing, with its position.
    package var findings: [String] {
        var lines = problems.map { "could not be read: \($0)" }
        for file in files { lines += file.findings }
        lines += gaps.map(\.text)
        lines += openEnds.map(\.text)
        lines += conflicts.map(\.text)
        if droppedEvents > 0 { lines.append("writers had to drop \(droppedEvents) events") }
        let unlisted = unlistedCount
        if unlisted > 0 { lines.append("\(unlisted) more findings are not listed") }
        return lines
    }

    /// Information that is not damage.
    package var notes: [String] {
        var lines = files.flatMap(\.notes)
        if repeatedFrames > 0 {
            lines.append(
                "\(counted(repeatedFrames, "repeated frame")) (\(repeatedEvents) events):"
                    + " counted once")
        }
        lines += ignored.map { "\($0.name): not a segment, ignored: \($0.why)" }
        return lines
    }

    private var unlistedCount: Int {
        let inFiles = files.reduce(0) {
            $0 + $1.badLineCount - $1.badLines.count + $1.regionCount - $1.regions.count
        }
        let listed = conflicts.reduce(0) { $0 + $1.positions.count - 1 }
        return inFiles + gapCount - gaps.count + max(0, conflictCount - listed)
    }
}

extension FileVerification {
    fileprivate var findings: [String] {
        let refused: Set<BadRegion.Reason> = [.misplaced, .count, .header]
        var lines = regions.filter { !refused.contains($0.reason) }.map {
            "\($0.file): offset \($0.offset), length \($0.length): \($0.reason.rawValue)"
        }
        lines += refusals.map { "\(name.fileName): \($0.text)" }
        lines += badLines.map {
            "\(name.fileName): frame at offset \($0.frameOffset), line \($0.line),"
                + " \($0.length) bytes: \($0.reason.rawValue)"
        }
        return lines
    }

    fileprivate var notes: [String] {
        var lines: [String] = []
        func note(_ text: String) { lines.append("\(name.fileName): \(text)") }
        if uncheckedFrames > 0 { note("\(counted(uncheckedFrames, "frame")) without checksum") }
        if implausibleTimes > 0 {
            note("\(counted(implausibleTimes, "event")) with an implausible time: it dates nothing")
        }
        if newerSections > 0 { note("\(newerSections) frames need a newer tracker") }
        if pendingBytes > 0 { note("\(pendingBytes) bytes of an incomplete frame at the end") }
        if let otherWriter {
            note("all its frames are of writer \(otherWriter): was it renamed?")
        }
        if let otherEncoding {
            note("begins like a .\(otherEncoding.rawValue) file: rename it to make it readable")
        }
        return lines
    }
}

extension Refusal {
    fileprivate var text: String {
        let region = "offset \(bytes.lowerBound), length \(bytes.count): \(reason.rawValue)"
        guard let session, let writer, let seqs else { return "\(region), \(lines) lines" }
        let frames = "\(range(seqs, "frame")) of writer \(writer)"
        return reason == .misplaced
            ? "\(region): \(frames), \(lines) lines, of session \(session)"
            : "\(region): \(frames) should have \(claimedEvents) lines and has \(lines)"
    }
}

extension LostFrames {
    fileprivate var text: String {
        var text = "writer \(writer): \(range(first...last, "frame")) missing (\(count)), "
        if let after {
            text +=
                after.file == before.file
                ? "in \(after.file) between offset \(after.offset) and \(before.offset)"
                : "between \(after.file) offset \(after.offset)"
                    + " and \(before.file) offset \(before.offset)"
        } else {
            text += "before \(before.file) offset \(before.offset)"
        }
        if regionCount > 0 {
            text += "; \(regionBytes) damaged bytes there"
        } else {
            text += "; no damage there: never written here, or removed"
        }
        if !missingFiles.isEmpty {
            text += "; missing files: \(missingFiles.joined(separator: " "))"
        }
        return text
    }
}

extension OpenEnd {
    fileprivate var text: String {
        "\(file): offset \(bytes.lowerBound), length \(bytes.count): frames of writer \(writer)"
            + " from \(from) on are lost, their number is unknown"
    }
}

extension Conflict {
    fileprivate var text: String {
        let list = positions.map { "\($0.file) offset \($0.offset)" }.joined(separator: ", ")
        return "writer \(identity.writer): conflict: frame \(identity.seq) has"
            + " \(positions.count) different contents, all counted: \(list)"
    }
}

/// `1 frame`, `3 frames`.
private func counted(_ count: Int, _ one: String) -> String {
    count == 1 ? "1 \(one)" : "\(count) \(one)s"
}

/// `frame 3`, `frames 3 to 5`.
private func range(_ range: ClosedRange<Int>, _ one: String) -> String {
    range.count == 1
        ? "\(one) \(range.lowerBound)" : "\(one)s \(range.lowerBound) to \(range.upperBound)"
}
