package import TrackerLog

/// About how much of a session is missing in its log, and when it was written.
///
/// The numbers of missing frames are exact: writers count their frames. How many events these held
/// is estimated from the frames that are there.
package struct LostRecords: Sendable, Hashable {
    /// Missing sequence numbers.
    package var frames = 0
    /// Events in these, as many in each as in the other frames of its writer.
    package var frameEvents = 0
    /// Events that writers dropped, as they say.
    package var droppedEvents = 0
    /// Unreadable bytes, where no sequence number tells how many frames they held: `nil` when the
    /// numbers tell.
    package var unreadableBytes: Int?
    /// Events in these, as many for a byte as in the rest of the files: at most.
    package var unreadableEvents = 0
    /// Events that are there.
    package var presentEvents = 0
    /// When missing frames were written, in order, without overlaps.
    package var times: [Interval] = []
    /// Whether something is missing of which it is not known when it was written.
    package var hasUndated = false

    package init() {}

    package var isEmpty: Bool { events == 0 && frames == 0 }

    package var events: Int {
        SaturatingCount.reported(
            SaturatingCount.sum(
                SaturatingCount.sum(frameEvents, droppedEvents), unreadableEvents))
    }

    /// Of the session's events, those missing included: 0 to 1.
    package var share: Double {
        let (missing, present) = (Double(events), Double(presentEvents))
        return missing > 0 ? missing / (missing + present) : 0
    }

    /// `about 10.0% of the records of this session are missing (3 frames, about 300 events)`; `nil`
    /// when nothing is missing.
    package var text: String? {
        guard !isEmpty else { return nil }
        var parts: [String] = []
        func counted(_ count: Int, _ one: String) -> String {
            "\(NumberFormat.grouped.count(count)) \(one)\(count == 1 ? "" : "s")"
        }
        if frames > 0 {
            parts += [counted(frames, "frame"), "about " + counted(frameEvents, "event")]
        }
        if droppedEvents > 0 { parts.append(counted(droppedEvents, "event") + " dropped") }
        guard let unreadableBytes else {
            return "about \(percent) of the records of this session are missing"
                + " (\(parts.joined(separator: ", ")))"
        }
        let bytes = NumberFormat.grouped.quantity(Double(unreadableBytes), unit: "bytes")
        parts.append("at most \(counted(unreadableEvents, "event")) in \(bytes) of damage")
        return "up to \(percent) of the records of this session may be missing"
            + " (\(parts.joined(separator: ", ")))"
    }

    /// A few words for a table; `nil` when nothing is missing.
    package var shortText: String? {
        isEmpty ? nil : "\(unreadableBytes == nil ? "" : "up to ")\(percent) missing"
    }

    private var percent: String {
        // The other records are there: never 100 %.
        guard presentEvents == 0 || share < 0.999 else { return "more than 99.9%" }
        guard share >= 0.001 else { return "less than 0.1%" }
        return NumberFormat.grouped.percent(share: share, digits: share < 0.095 ? 1 : 0)
    }
}

extension LostRecords {
    package var json: JSONValue {
        .object([
            .init("frames", .integer(frames)), .init("frame_events", .integer(frameEvents)),
            .init("dropped_events", .integer(droppedEvents)),
            .init("unreadable_bytes", unreadableBytes.map(JSONValue.integer) ?? .null),
            .init("unreadable_events", .integer(unreadableEvents)),
            .init("events", .integer(events)), .init("share", .double(share)),
            .init(
                "times",
                .array(
                    times.map {
                        .object([
                            .init("from", .double($0.startMs)), .init("to", .double($0.endMs)),
                        ])
                    })),
            .init("undated", .bool(hasUndated)),
        ])
    }
}
