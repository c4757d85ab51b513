package import TrackerLog

/// The result of `StatePublishing.publish` for one session.
package struct PublishedStates: Sendable {
    package let user: UserID
    package let session: SessionID
    /// Segments in the log.
    package internal(set) var segments = 0
    /// Segments whose state was merged, so that they were not folded.
    package internal(set) var merged = 0
    /// States that were not merged, and segments without one. Those in the log were folded from it.
    package internal(set) var foldedAgain: [Skipped] = []
    /// Bytes folded from the log: `foldedAgain`, and what was appended after a state was made.
    package internal(set) var foldedBytes = 0
    package internal(set) var events = 0
    /// See `SessionIndex.digest`.
    package internal(set) var digest: UInt64 = 0
    /// Message of a storage error; the snapshot is then incomplete or not written.
    package internal(set) var problem: String?

    /// A segment whose state was not merged, and why.
    package struct Skipped: Sendable, Hashable {
        package var file: String
        package var reason: Reason
    }

    /// Why a segment's state was not merged.
    package enum Reason: String, Sendable, Hashable {
        case noState = "no-state"
        /// Another segment contains some of its frames as well: each counts once.
        case sharesFrames = "shares-frames"
        /// A compacted segment contains some of its lines, and they count there.
        case compacted
        /// The file in the log is not the one that was folded, or is shorter.
        case otherFile = "other-file"
        /// The file is no longer in the log.
        case gone
        /// The file in the log cannot be read.
        case unreadable
    }
}

/// Makes the snapshot of a session from the states of its segments.
package enum StatePublishing {
    /// Writes `index/<user>/<session>.snap`, byte for byte as a rebuild would write it.
    ///
    /// The states may be incomplete or out of date: segments that are missing, have changed or have
    /// grown are folded from the log.
    ///
    /// - Parameter segments: of one session, as `StateFile.joined` returns them.
    /// - Throws: if a state is damaged or the session is not in the log.
    package static func publish(
        _ segments: [FoldedSegment], _ user: UserID, _ session: SessionID,
        in storage: any Storage, with tools: FoldTools
    ) throws(StateFileError) -> PublishedStates {
        let listing: SessionListing
        do throws(StorageError) {
            listing = try SessionListing(user, session, in: storage)
        } catch {
            throw .unreadable("\(error): a snapshot needs its log; copy the log there first")
        }
        var result = PublishedStates(user: user, session: session)
        var joining = Joining(storage: storage)
        try joining.loadRules(listing, user, session, tools)
        for segment in segments { try joining.add(segment) }
        let known = Set(segments.map(\.name))
        joining.skipped += listing.segments.filter { !known.contains($0.name) }
            .map { .init(file: $0.fileName, reason: .noState) }
        let index = SessionIndex(
            user: user, session: session, state: joining.state, inputs: joining.inputs)
        let before = index.inputs.mapValues(\.offset)
        let load = SessionLoad(index, snapshots: .always, in: storage)
        load.foldAll(listing, with: tools)
        let saved = load.save(isAlone: false)
        result.segments = listing.segments.count
        result.merged = joining.inputs.count
        result.foldedAgain = joining.skipped.sorted { $0.file < $1.file }
        result.foldedBytes = index.inputs.reduce(0) { $0 + $1.value.offset - (before[$1.key] ?? 0) }
        result.events = index.state.events
        result.digest = saved.digest
        result.problem = (saved.problem ?? index.problem).map { "\($0)" }
        return result
    }

    /// Merges the usable states, in the order in which a rebuild reads the files.
    private struct Joining {
        let storage: any Storage
        let state = SessionState()
        var inputs: [IndexedSegment] = []
        var skipped: [PublishedStates.Skipped] = []
        private var listed: Set<String> = []
        private var rules: [String: SegmentRule] = [:]
        /// Frames of files that will be folded again. A segment that shares a frame with one of
        /// them must be folded after it, so that the same copy is the duplicate as in a rebuild.
        private var skippedFrames = FrameLedger()

        init(storage: any Storage) { self.storage = storage }

        mutating func loadRules(
            _ listing: SessionListing, _ user: UserID, _ session: SessionID, _ tools: FoldTools
        ) throws(StateFileError) {
            var claims = SegmentClaims()
            listed = Set(listing.segments.map(\.fileName))
            do throws(StorageError) {
                rules = try claims.rules(
                    listing, in: DataLayout.sessionFolder(user, session), storage, tools.reader)
            } catch {
                throw .unreadable("\(error)")
            }
        }

        mutating func add(_ segment: FoldedSegment) throws(StateFileError) {
            guard listed.contains(segment.name.fileName) else { return skip(segment, .gone) }
            if let reason = mismatch(of: segment) { return skip(segment, reason) }
            let segmentState = try segment.state(from: "\(segment.address)")
            var input = segment.input
            guard input.adopt(rules[segment.name.fileName] ?? .everything) else {
                addSkippedFrames(of: segmentState)
                return skip(segment, .compacted)
            }
            guard !shares(segmentState), state.merge(segmentState) else {
                addSkippedFrames(of: segmentState)
                return skip(segment, .sharesFrames)
            }
            inputs.append(input)
        }

        private mutating func addSkippedFrames(of other: SessionState) {
            other.identities.settle()
            skippedFrames.insert(other.identities)
        }

        /// Whether it contains a frame of a file that will be folded again.
        private mutating func shares(_ other: SessionState) -> Bool {
            skippedFrames.settle()
            other.identities.settle()
            return !skippedFrames.isDisjoint(with: other.identities)
        }

        private mutating func skip(
            _ segment: FoldedSegment, _ reason: PublishedStates.Reason
        ) {
            skipped.append(.init(file: segment.name.fileName, reason: reason))
        }

        /// Compares the file in the log with the one that was folded.
        /// - Returns: `nil` if it is the same.
        private func mismatch(of segment: FoldedSegment) -> PublishedStates.Reason? {
            do throws(StorageError) {
                let file = try storage.openForReading(segment.address.path)
                return try segment.input.matches(file, try file.status()) ? nil : .otherFile
            } catch {
                return .unreadable
            }
        }
    }

    /// Takes a shared lock: several programs may publish sessions of one data folder at the same
    /// time, but not while an index run or a server holds the lock.
    /// - Returns: the lock, held until it is released; `nil` if the index is locked exclusively.
    package static func lock(_ storage: any Storage) throws(StorageError) -> (any StorageFile)? {
        try storage.createDirectory(DataLayout.index)
        let file = try storage.openOrCreate(DataLayout.indexLock)
        return try file.lockShared() ? file : nil
    }
}
