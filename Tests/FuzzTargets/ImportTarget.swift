import TrackerImport
import TrackerLog

/// A file of a load tool, of any bytes: read in pieces it becomes what it becomes in one, and all
/// of that is lines of the log.
enum ImportTarget {
    private struct Outcome: Equatable {
        var events: [Event] = []
        var error: ImportError?
        var losses = LossList()
    }

    static func complaint(about input: [UInt8]) -> String? {
        let whole = outcome(input, pieces: [max(1, input.count)])
        for event in whole.events {
            var line: [UInt8] = []
            guard EventEncoder.append(event, to: &line) else {
                return "the log has no place for \(event)"
            }
            if let complaint = LineTarget.roundTrip(Array(line.dropLast())) { return complaint }
        }
        for pieces in [[1], [3, 1, 200]] where outcome(input, pieces: pieces) != whole {
            return "read in pieces of \(pieces) it becomes something else"
        }
        return nil
    }

    private static func outcome(_ input: [UInt8], pieces: [Int]) -> Outcome {
        var outcome = Outcome()
        let anchor = Timestamp(clamping: 1_763_899_200_000)
        var file = FileImport(
            source: ImportSource(runPrefix: "f", anchor: .received(anchor)),
            formats: ImportFormats.all)
        do throws(ImportError) {
            var (rest, turn) = (input[...], 0)
            while !rest.isEmpty {
                try file.feed(Array(rest.prefix(pieces[turn % pieces.count])))
                rest = rest.dropFirst(pieces[turn % pieces.count])
                turn += 1
                outcome.events += file.takeEvents()
            }
            try file.finish()
        } catch {
            outcome.error = error
        }
        outcome.events += file.takeEvents()
        outcome.losses = file.losses
        return outcome
    }
}
