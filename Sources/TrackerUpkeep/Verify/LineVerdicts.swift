import TrackerIndexer
import TrackerLog

/// Decides which lines of a section are events, exactly as the fold does, but keeps no values.
final class LineVerdicts {
    private let scanner = FoldScanner()

    /// A line that is not an event.
    struct Refusal {
        /// Within the frame's content, from 1.
        var line: Int
        /// Offset of its first byte in the frame's content.
        var offset: Int
        /// Without its `\n`.
        var length: Int
        var reason: LineError
    }

    /// - Parameters:
    ///   - times: called with the time of each event.
    ///   - refused: called with each line that is neither an event nor empty.
    /// - Returns: the number of lines that are events.
    func count(
        _ frame: FrameContent, _ section: FrameSection, times: (Double) -> Void,
        refused: (Refusal) -> Void
    ) -> Int {
        let body = unsafe UnsafeRawBufferPointer(rebasing: frame.bytes[section.body])
        var events = 0
        var offset = 0
        var number = section.firstLine
        while offset < body.count {
            let count = unsafe scanner.scan(body, from: &offset)
            for index in 0..<count {
                let line = unsafe scanner.lines[index]
                // The scanner reports a sample only for lines that the full parser accepts.
                if line.kind == .sample {
                    events += 1
                    times(line.timestampMs)
                    continue
                }
                do throws(LineError) {
                    let raw = unsafe UnsafeRawBufferPointer(rebasing: body[line.line.range])
                    times(try unsafe check(raw, section).milliseconds)
                    events += 1
                } catch {
                    if error == .empty { continue }
                    refused(
                        Refusal(
                            line: number + index,
                            offset: section.body.lowerBound + line.line.range.lowerBound,
                            length: line.line.range.count, reason: error))
                }
            }
            number += count
        }
        return events
    }

    /// - Returns: its time.
    /// - Throws: why the fold would refuse the line.
    private func check(
        _ line: UnsafeRawBufferPointer, _ section: FrameSection
    ) throws(LineError) -> Timestamp {
        let event = try unsafe section.event(line)
        switch event {
        case .runStarted, .runFinished, .edit:
            guard !canonicalLine(event).isEmpty else { throw .tooLong }
        case .sample, .distribution, .session: break
        }
        return event.timestamp
    }
}
