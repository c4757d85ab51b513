package import TrackerLog

/// What `StatePublishing.publish` did for one session.
package struct PublishedStates: Sendable {
    package let user: UserID
    package let session: SessionID
    /// In the log, and of these whose state was taken over.
    package internal(set) var segments = 0
    package internal(set) var merged = 0
    /// Those whose state was not there or could not be used: they were folded from the log.
    package internal(set) var foldedAgain: [LeftOut] = []
    /// What was folded from the log: these, and what was appended meanwhile.
    package internal(set) var foldedBytes = 0
    package internal(set) var events = 0
    /// As `SessionIndex.digest`.
    package internal(set) var digest: UInt64 = 0
    /// What the disk refused, in words; the snapshot is then not complete, or not written.
    package internal(set) var problem: String?

    package struct LeftOut: Sendable, Hashable {
        package var file: String
        package var reason: Reason
    }

    /// Why a segment's state was not taken over.
    package enum Reason: String, Sendable, Hashable {
        case noState = "no-state"
        /// It holds frames that another segment holds as well: each counts once.
        case sharesFrames = "shares-frames"
        /// Lines of it count in a compacted segment.
        case compacted
        /// The file is not the one that was folded, or is cut.
        case otherFile = "other-file"
        /// There is a state, but no such file any more.
        case gone
        /// The disk does not give the file.
        case unreadable
    }
}

/// Makes the snapshot of a session out of the states of its segments.
package enum StatePublishing {
    /// Writes `index/<user>/<session>.snap`, the same that a rebuild there would write.
    ///
    /// Nothing depends on the states being complete or right for the files: what is missing, has
    /// changed or was appended is folded from the log.
    ///
    /// - Parameter segments: of one session, as `StateFile.joined` gives them.
    /// - Throws: when a state is damaged, or the session is not in the log.
    package static func publish(
        _ segments: [FoldedSegment], _ user: UserID, _ session: SessionID,
        in storage: any Storage, with tools: FoldTools
    ) throws(StateFileError) -> PublishedStates {
        let listing: SessionListing
        do throws(StorageError) {
            listing = try SessionListing(user, session, in: storage)
        } catch {
            throw .unreadable("\(error): a snapshot belongs beside its log; copy the log there")
        }
        var result = PublishedStates(user: user, session: session)
        var joining = Joining(storage: storage)
        try joining.learnRules(listing, user, session, tools)
        for segment in segments { try joining.add(segment, listed: listing) }
        let known = Set(segments.map(\.name))
        joining.leftOut += listing.segments.filter { !known.contains($0.name) }
            .map { .init(file: $0.name.fileName, reason: .noState) }
        let index = SessionIndex(
            user: user, session: session, state: joining.state, inputs: joining.inputs)
        let before = index.inputs.mapValues(\.offset)
        let load = SessionLoad(index, in: storage)
        load.foldAll(listing, with: tools)
        let saved = load.save(isAlone: false)
        result.segments = listing.segments.count
        result.merged = joining.inputs.count
        result.foldedAgain = joining.leftOut.sorted { $0.file < $1.file }
        result.foldedBytes = index.inputs.reduce(0) { $0 + $1.value.offset - (before[$1.key] ?? 0) }
        result.events = index.state.events
        result.digest = saved.digest
        result.problem = (saved.problem ?? index.problem).map { "\($0)" }
        return result
    }

    /// The states that can be joined, in the order in which a rebuild reads the files.
    private struct Joining {
        let storage: any Storage
        let state = SessionState()
        var inputs: [IndexedSegment] = []
        var leftOut: [PublishedStates.LeftOut] = []
        private var rules: [String: SegmentRule] = [:]
        /// States of files that will be folded again. Whoever shares a frame with one of
        /// them is folded after it, as in a rebuild: then the same of both says it is a copy.
        private var waiting: [SessionState] = []

        init(storage: any Storage) { self.storage = storage }

        mutating func learnRules(
            _ listing: SessionListing, _ user: UserID, _ session: SessionID, _ tools: FoldTools
        ) throws(StateFileError) {
            var claims = SegmentClaims()
            do throws(StorageError) {
                rules = try claims.rules(
                    listing, in: DataLayout.sessionFolder(user, session), storage, tools.reader)
            } catch {
                throw .unreadable("\(error)")
            }
        }

        mutating func add(
            _ segment: FoldedSegment, listed listing: SessionListing
        ) throws(StateFileError) {
            guard listing.segments.contains(where: { $0.name == segment.name }) else {
                return leaveOut(segment, .gone)
            }
            if let reason = whyNot(segment) { return leaveOut(segment, reason) }
            let own = try segment.state(from: "\(segment.address)")
            var input = segment.input
            guard input.adopt(rules[segment.name.fileName] ?? .everything) else {
                waiting.append(own)
                return leaveOut(segment, .compacted)
            }
            guard !waiting.contains(where: { $0.shares(with: own) }), state.merge(own) else {
                waiting.append(own)
                return leaveOut(segment, .sharesFrames)
            }
            inputs.append(input)
        }

        private mutating func leaveOut(
            _ segment: FoldedSegment, _ reason: PublishedStates.Reason
        ) {
            leftOut.append(.init(file: segment.name.fileName, reason: reason))
        }

        /// Why the file in the log is not the one that was folded; `nil` when it is.
        private func whyNot(_ segment: FoldedSegment) -> PublishedStates.Reason? {
            do throws(StorageError) {
                let file = try storage.openForReading(segment.address.path)
                return try segment.input.matches(file, try file.status()) ? nil : .otherFile
            } catch {
                return .unreadable
            }
        }
    }

    /// Lets several programs publish sessions of one folder at the same time, and no index run or
    /// server meanwhile.
    /// - Returns: the lock, held until it is let go; `nil` when the index is being kept by somebody
    ///   else.
    package static func lock(_ storage: any Storage) throws(StorageError) -> (any StorageFile)? {
        try storage.createDirectory(DataLayout.index)
        let file = try storage.openOrCreate(DataLayout.indexLock)
        return try file.lockShared() ? file : nil
    }
}

extension SessionState {
    /// Whether both hold a frame of the same identity.
    func shares(with other: SessionState) -> Bool {
        identities.settle()
        other.identities.settle()
        return !identities.isDisjoint(with: other.identities)
    }
}
