import TrackerIndexer
package import TrackerLog

/// Brings the log below a number of bytes: first the oldest sessions keep histograms instead of
/// their samples, and only when all of them do, the oldest go to the trash.
///
/// What somebody marked is never touched, nor what is new, as the clock alone never decides.
package struct SizeCap: Sendable {
    /// At most so many bytes of segments stay in `log/`. The trash is not counted: what is there is
    /// gone as soon as somebody empties it.
    package var bytes: Int
    /// Number of each user's newest sessions that stay as they are.
    package var keepLast = 1
    /// Only this user's sessions, whose bytes alone are counted; `nil`: those of all users.
    package var user: UserID?
    package var isDryRun = true

    package init(bytes: Int) { self.bytes = bytes }
}

/// What a size cap did, or would do.
package struct SizeCapReport: Sendable {
    package struct Thinned: Sendable {
        /// As it was before.
        package var entry: PrunePlan.Entry
        package var bytes: Int
        package var counts: CompactionClaim.Thinned
    }

    package var before = 0
    package var after = 0
    package var thinned: [Thinned] = []
    package var taken: [PrunePlan.Entry] = []
    /// Sessions that had to be passed over, with the reasons.
    package var kept: [PrunePlan.Entry] = []
    package var problems: [String] = []
    /// Bytes that went to the trash.
    package var trashed = 0
}

extension SizeCap {
    /// - Parameter progress: called for each session that is about to be thinned, with the number
    ///   of bytes that the log has then.
    package func run(
        in storage: any Storage, now: Timestamp, progress: ((PrunePlan.Entry, Int) -> Void)? = nil
    ) throws(UpkeepError) -> SizeCapReport {
        var report = SizeCapReport()
        var sessions: [Session]
        do throws(StorageError) {
            sessions = try self.sessions(in: storage, now: now)
        } catch {
            throw .storage(error)
        }
        report.before = sessions.reduce(0) { $0 + $1.bytes }
        report.after = report.before
        for index in sessions.indices where report.after > bytes {
            let entry = sessions[index].entry
            guard entry.reason == nil else {
                report.kept.append(entry)
                continue
            }
            progress?(entry, report.after)
            thin(&sessions[index], in: storage, now: now, &report)
        }
        for session in sessions where report.after > bytes && session.entry.reason == nil {
            take(session, in: storage, &report)
        }
        return report
    }

    private struct Session {
        /// With the reason why it must not be touched.
        var entry: PrunePlan.Entry
        var bytes: Int
    }

    /// The oldest first.
    private func sessions(
        in storage: any Storage, now: Timestamp
    ) throws(StorageError) -> [Session] {
        var candidates: [PruneCandidate] = []
        for key in try DataFolder.sessions(in: storage).sessions
        where (user ?? key.user) == key.user {
            candidates.append(try PruneCandidate(key, in: storage, now: now))
        }
        candidates.sort { $0.isNewer(than: $1) }
        var newer: [UserID: Int] = [:]
        let quiet = now.advanced(byMilliseconds: Double(-1_000 * LogLimits.closedAfterSeconds))
        let newestFirst = candidates.map { candidate in
            var entry = candidate.entry
            let count = newer[entry.key.user, default: 0]
            newer[entry.key.user] = count + 1
            if count < max(1, keepLast) {
                entry.reason = "it is one of the newest \(max(1, keepLast))"
            } else if let why = candidate.mustStay ?? candidate.isMarked {
                entry.reason = why
            } else if candidate.written > quiet {
                entry.reason = "it was written to within the last \(LogLimits.closedAfterSeconds) s"
            }
            return Session(entry: entry, bytes: entry.bytes)
        }
        return newestFirst.reversed()
    }

    private func thin(
        _ session: inout Session, in storage: any Storage, now: Timestamp,
        _ report: inout SizeCapReport
    ) {
        let key = session.entry.key
        var options = CompactionOptions()
        options.isDryRun = isDryRun
        options.includesShared = true
        options.thins = true
        do throws(UpkeepError) {
            let done = try Compactor(storage: storage, options: options, now: { now }).run([key])
            var counts = CompactionClaim.Thinned()
            var saved = 0
            for segment in done.flatMap(\.segments) {
                counts.samples += segment.thinned?.samples ?? 0
                counts.histograms += segment.thinned?.histograms ?? 0
                saved += segment.bytesBefore - segment.bytesAfter
                report.trashed += isDryRun ? 0 : segment.bytesBefore
            }
            if let problem = done.first?.problem { throw problem }
            let before = session.bytes
            session.bytes = isDryRun ? before - saved : try Self.bytes(of: key, in: storage)
            report.after -= before - session.bytes
            guard session.bytes < before else { return }
            report.thinned.append(
                SizeCapReport.Thinned(entry: session.entry, bytes: session.bytes, counts: counts))
        } catch {
            // What cannot be read as a whole is not removed either.
            report.problems.append("\(key.user.value)/\(key.session.value): \(error)")
            session.entry.reason = "it could not be thinned: \(error)"
            report.kept.append(session.entry)
        }
    }

    private static func bytes(
        of key: DataFolder.SessionKey, in storage: any Storage
    ) throws(UpkeepError) -> Int {
        do throws(StorageError) {
            let listing = try SessionListing(key.user, key.session, in: storage)
            return listing.segments.reduce(0) { $0 + ($1.status?.size ?? 0) }
        } catch {
            throw .storage(error)
        }
    }

    private func take(
        _ session: Session, in storage: any Storage, _ report: inout SizeCapReport
    ) {
        let key = session.entry.key
        do throws(UpkeepError) {
            if !isDryRun {
                try SessionTrash(storage).take(key)
                report.trashed += session.bytes
            }
        } catch {
            report.problems.append("\(error)")
            return
        }
        var entry = session.entry
        entry.bytes = session.bytes
        report.after -= session.bytes
        report.taken.append(entry)
        report.thinned.removeAll { $0.entry.key == key }
    }
}
