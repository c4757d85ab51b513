package import TrackerLog

/// `docs/RELIABILITY.md` describes the fields.
extension SessionVerification {
    package var json: JSONValue {
        .object([
            .init("user", .string(key.user.value)), .init("session", .string(key.session.value)),
            .init("whole", .bool(isWhole && problems.isEmpty)),
            .init("events", .integer(events)), .init("bad_lines", .integer(badLines)),
            .init("bad_regions", .integer(badRegions)),
            .init("lost_bytes", .integer(sum(\.lostBytes))),
            .init("missing_frames", .integer(missingFrames)),
            .init("gaps", .array(gaps.map(\.json))), .init("gap_count", .integer(gapCount)),
            .init("open_ends", .array(openEnds.map(\.json))),
            .init("conflicts", .array(conflicts.map(\.json))),
            .init("conflict_count", .integer(conflictCount)),
            .init("repeated_frames", .integer(repeatedFrames)),
            .init("repeated_events", .integer(repeatedEvents)),
            .init("dropped_events", .integer(droppedEvents)),
            .init("implausible_times", .integer(implausibleTimes)),
            .init("pending_bytes", .integer(pendingBytes)),
            .init("files", .array(files.map(\.json))),
            .init("left_alone", .array(ignoredFiles.map(JSONValue.string))),
            .init("problems", .array(problems.map { .string("\($0)") })),
        ])
    }
}

extension FileVerification {
    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("file", .string(name.fileName)), .init("open", .bool(isOpen)),
            .init("bytes", .integer(bytes)), .init("good_bytes", .integer(goodBytes)),
            .init("lost_bytes", .integer(lostBytes)),
            .init("pending_bytes", .integer(pendingBytes)),
            .init("frames", .integer(frames)), .init("lines", .integer(lines)),
            .init("events", .integer(events)),
            .init("unchecked_frames", .integer(uncheckedFrames)),
            .init("newer_sections", .integer(newerSections)),
            .init("repeated_frames", .integer(repeatedFrames)),
            .init("bad_regions", .array(regions.map(\.rangeJSON))),
            .init("bad_region_count", .integer(regionCount)),
            .init("refused", .array(refusals.map(\.json))),
            .init("bad_lines", .array(badLines.map(\.json))),
            .init("bad_line_count", .integer(badLineCount)),
        ]
        if let otherWriter { members.append(.init("other_writer", .string(otherWriter))) }
        if let otherEncoding {
            members.append(.init("other_ending", .string(otherEncoding.rawValue)))
        }
        return .object(members)
    }
}

extension BadRegion {
    fileprivate var rangeJSON: JSONValue {
        .object([
            .init("offset", .integer(offset)), .init("length", .integer(length)),
            .init("reason", .string(reason.rawValue)),
        ])
    }
}

extension BadLinePosition {
    fileprivate var json: JSONValue {
        .object([
            .init("frame_offset", .integer(frameOffset)), .init("line", .integer(line)),
            .init("length", .integer(length)), .init("reason", .string(reason.rawValue)),
        ])
    }
}

extension Refusal {
    fileprivate var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("reason", .string(reason.rawValue)),
            .init("offset", .integer(bytes.lowerBound)), .init("length", .integer(bytes.count)),
            .init("sections", .integer(sections)), .init("lines", .integer(lines)),
        ]
        if let session, let writer, let seqs {
            members += [
                .init("claimed_events", .integer(claimedEvents)),
                .init("session", .string(session)), .init("writer", .string(writer)),
                .init("first", .integer(seqs.lowerBound)),
                .init("last", .integer(seqs.upperBound)),
            ]
        }
        return .object(members)
    }
}

extension LostFrames {
    fileprivate var json: JSONValue {
        .object([
            .init("writer", .string(writer)), .init("first", .integer(first)),
            .init("last", .integer(last)), .init("count", .integer(count)),
            .init("after", after?.json ?? .null), .init("before", before.json),
            .init("damaged_regions", .integer(regionCount)),
            .init("damaged_bytes", .integer(regionBytes)),
            .init("missing_files", .array(missingFiles.map(JSONValue.string))),
        ])
    }
}

extension LostFrames.Position {
    fileprivate var json: JSONValue {
        .object([.init("file", .string(file)), .init("offset", .integer(offset))])
    }
}

extension OpenEnd {
    fileprivate var json: JSONValue {
        .object([
            .init("file", .string(file)), .init("offset", .integer(bytes.lowerBound)),
            .init("length", .integer(bytes.count)), .init("writer", .string(writer)),
            .init("from", .integer(from)),
        ])
    }
}

extension Conflict {
    fileprivate var json: JSONValue {
        .object([
            .init("writer", .string(identity.writer)), .init("seq", .integer(identity.seq)),
            .init("places", .array(positions.map(\.json))),
        ])
    }
}
