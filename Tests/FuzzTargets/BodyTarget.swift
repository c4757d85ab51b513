import TrackerLog
import TrackerTestSupport
import TrackerWeb

/// A body of `POST /api/track` of any bytes: what is taken can be written to the log whole.
enum BodyTarget {
    static func complaint(about input: [UInt8]) -> String? {
        let report: TrackReport
        do throws(TrackBodyError) {
            report = try TrackReport(body: input, now: 1_763_899_200_000)
        } catch {
            return error.message.isEmpty ? "refused without a reason" : nil
        }
        for event in report.events {
            var line: [UInt8] = []
            guard EventEncoder.append(event, to: &line), line.count <= LogLimits.maxLineBytes else {
                return "taken, but the log has no place for \(event)"
            }
            if let complaint = LineTarget.roundTrip(Array(line.dropLast())) { return complaint }
        }
        return nil
    }
}
