import Testing
import TrackerLog
import TrackerTestSupport
import TrackerWeb

/// What a report costs the disk, counted instead of timed.
@Suite("The work of the intake") struct IntakeWorkTests {
    /// Calls of the storage by operation, for each report.
    private struct Work: Equatable, CustomStringConvertible {
        var files: Double
        /// Files that were made before.
        var opens: Double
        var frames: Double
        var bytes: Double
        var syncs: Double

        var description: String {
            "\(files) files, \(opens) opens, \(frames) frames, \(bytes) bytes, \(syncs) syncs a report"
        }
    }

    private static let reportsPerSession = 8

    /// So many sessions that report in turn, each `reportsPerSession` times.
    private static func work(sessions: Int, maxOpen: Int) throws -> Work {
        let storage = FaultyStorage(MemoryStorage())
        let intake = SessionIntake(storage: storage, durability: .durable, maxOpen: maxOpen)
        let user = try UserID("ann")
        let ids = try (0..<sessions).map { try SessionID("s\(1_000 + $0)") }
        for number in 0..<reportsPerSession {
            for id in ids {
                let time = try #require(Timestamp(milliseconds: 1_763_899_200_000 + Double(number)))
                let sample = Sample(timestamp: time, metric: "m", value: 1)
                try intake.append(
                    user: user, session: id, events: [.sample(sample)], identity: nil)
            }
        }
        // Before the writers are closed: that is work of a session, not of a report.
        let calls = storage.calls
        try intake.close()
        func count(_ operation: StorageError.Operation) -> Double {
            Double(calls.count { $0.operation == operation && $0.path.contains("/ann/") })
        }
        let reports = Double(sessions * reportsPerSession)
        let bytes = calls.filter { $0.operation == .append && $0.path.contains("/ann/") }
            .reduce(0) { $0 + $1.byteCount }
        return Work(
            files: count(.create) / reports, opens: count(.open) / reports,
            frames: count(.append) / reports,
            bytes: (Double(bytes) / reports).rounded(), syncs: count(.sync) / reports)
    }

    @Test("a report costs the same with 16, 64 and 200 active sessions: one file for each session")
    func sessions() throws {
        // The descriptors that most systems give a program.
        let maxOpen = WebLimits.openWriters(ofDescriptors: 1_024)
        let few = try Self.work(sessions: 16, maxOpen: maxOpen)
        #expect(few.files == 1 / Double(Self.reportsPerSession), "\(few)")
        #expect(few.frames == 1, "\(few)")
        for sessions in [64, 200] {
            let many = try Self.work(sessions: sessions, maxOpen: maxOpen)
            #expect(many.files == few.files && many.frames == few.frames, "\(sessions): \(many)")
            #expect(many.opens == 0, "\(sessions): \(many)")
            #expect(many.syncs == few.syncs, "\(sessions): \(many)")
            #expect(abs(many.bytes - few.bytes) <= 0.05 * few.bytes, "\(sessions): \(many)")
        }
        // With fewer descriptors a report opens a file, and still makes none.
        let starved = try Self.work(sessions: 64, maxOpen: 16)
        #expect(starved.files == few.files && starved.syncs == few.syncs, "\(starved)")
        #expect(starved.opens == 1 - few.files, "\(starved)")
    }
}
