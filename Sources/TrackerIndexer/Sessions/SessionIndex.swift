package import TrackerLog

/// One session's folded state and the files it was folded from. Updated by folding only what is
/// new.
///
/// Used by one thread at a time.
package final class SessionIndex {
    package let user: UserID
    package let session: SessionID
    package private(set) var state: SessionState
    private(set) var inputs: [String: IndexedSegment]
    /// Files in the folder that are not segments.
    private(set) var ignored: [IgnoredFile] = []
    /// The storage error of the last update, if any.
    package private(set) var problem: StorageError?
    /// Bytes that the last update left for the next one because of its limit.
    package private(set) var unreadBytes = 0
    /// New segments that the last update did not open because of its limit.
    private(set) var unopened: [SessionListing.Segment] = []
    private var allowedBytes = Int.max
    private(set) var claims = SegmentClaims()

    /// - Parameter within: see `SessionState.within`.
    init(user: UserID, session: SessionID, within: Interval?) {
        self.user = user
        self.session = session
        state = SessionState(within: within)
        inputs = [:]
    }

    package convenience init(user: UserID, session: SessionID) {
        self.init(user: user, session: session, within: nil)
    }

    init(user: UserID, session: SessionID, state: SessionState, inputs: [IndexedSegment]) {
        self.user = user
        self.session = session
        self.state = state
        self.inputs = Dictionary(inputs.map { ($0.name.fileName, $0) }) { first, _ in first }
    }

    /// Folds what was appended since the last update. If a file is gone or its folded part has
    /// changed, the session is folded again from the beginning.
    ///
    /// - Parameter listing: of the session's folder.
    /// - Parameter atMostBytes: approximate number of bytes to read. The rest is counted in
    ///   `unreadBytes`, and the next update continues there.
    /// - Returns: whether anything changed.
    @discardableResult
    package func update(
        _ listing: SessionListing, in storage: any Storage, with tools: FoldTools,
        atMostBytes: Int = .max
    ) -> Bool {
        problem = nil
        unreadBytes = 0
        unopened = []
        allowedBytes = atMostBytes
        let ignoredChanged = ignored != listing.ignored
        ignored = listing.ignored
        do throws(StorageError) {
            switch try foldNew(listing, storage, tools) {
            case .folded(let hasChanged): return hasChanged || ignoredChanged
            case .mustFoldAgain:
                reset()
                // Nothing is folded now, so this cannot return `mustFoldAgain`.
                _ = try foldNew(listing, storage, tools)
            }
        } catch {
            problem = error
        }
        return true
    }

    func rules(
        of listing: SessionListing, in storage: any Storage, _ tools: FoldTools
    ) throws(StorageError) -> [String: SegmentRule] {
        ignored = listing.ignored
        return try claims.rules(
            listing, in: DataLayout.sessionFolder(user, session), storage, tools.reader)
    }

    /// Folds one segment that is not folded yet. A storage error is stored in `problem`.
    func foldPart(
        _ segment: SessionListing.Segment, _ rule: SegmentRule, _ storage: any Storage,
        _ tools: FoldTools
    ) {
        allowedBytes = .max
        do throws(StorageError) {
            _ = try foldNew(segment, rule, storage, tools)
        } catch {
            problem = error
        }
    }

    /// Folds one open file, from any folder, as the only segment of the session.
    /// - Precondition: nothing is folded yet.
    func fold(
        _ file: any StorageFile, as name: SegmentName, with tools: FoldTools
    ) throws(StorageError) {
        let size = try file.status().size
        let rule = try SegmentClaims.rule(of: file, name, size: size, tools.reader)
        _ = try foldNew(name, rule, file, tools)
    }

    /// Merges the index of other segments of the session.
    /// - Returns: `false` when both contain a frame of the same identity.
    func merge(_ other: SessionIndex) -> Bool {
        guard state.merge(other.state) else { return false }
        for (name, input) in other.inputs { inputs[name] = input }
        problem = problem ?? other.problem
        return true
    }

    func reset() {
        state = SessionState(within: state.within)
        inputs = [:]
        problem = nil
        unreadBytes = 0
        unopened = []
    }

    func leaveUnread(_ bytes: Int) { unreadBytes = bytes }

    /// Folded bytes of all files.
    var foldedBytes: Int { inputs.values.reduce(0) { $0 + $1.offset } }

    private func foldNew(
        _ listing: SessionListing, _ storage: any Storage, _ tools: FoldTools
    ) throws(StorageError) -> FoldOutcome {
        let names = Set(listing.segments.map(\.fileName))
        guard inputs.keys.allSatisfy(names.contains) else { return .mustFoldAgain }
        let rules = try claims.rules(
            listing, in: DataLayout.sessionFolder(user, session), storage, tools.reader)
        var hasChanged = false
        var failure: StorageError?
        for segment in listing.segments {
            let rule = rules[segment.fileName] ?? .everything
            let known = inputs[segment.fileName]
            if known?.isUpToDate(segment.status, rule) ?? false {
                continue
            }
            if allowedBytes <= 0, leavesUnread(segment, known) { continue }
            do throws(StorageError) {
                switch try foldNew(segment, rule, storage, tools) {
                case .folded(let changed): hasChanged = hasChanged || changed
                case .mustFoldAgain: return .mustFoldAgain
                }
            } catch {
                // One unreadable file must not hide the others.
                failure = error
            }
        }
        if let failure { throw failure }
        return .folded(changed: hasChanged)
    }

    private func foldNew(
        _ segment: SessionListing.Segment, _ rule: SegmentRule, _ storage: any Storage,
        _ tools: FoldTools
    ) throws(StorageError) -> FoldOutcome {
        let folder = DataLayout.sessionFolder(user, session)
        // Afterwards: each step reads at least one frame.
        defer { allowedBytes -= IndexLimits.fileStepBytes }
        let file = try storage.openForReading(folder.appending(segment.fileName))
        return try foldNew(segment.name, rule, file, tools)
    }

    /// Leaves a segment with unread bytes for the next update without opening it: each of many
    /// steps would open all files that are left.
    /// - Returns: `false` when it has to be looked at.
    private func leavesUnread(
        _ segment: SessionListing.Segment, _ known: IndexedSegment?
    ) -> Bool {
        guard let status = segment.status, status.size > known?.offset ?? 0 else { return false }
        unreadBytes += status.size - (known?.offset ?? 0)
        if known == nil { unopened.append(segment) }
        return true
    }

    private func foldNew(
        _ name: SegmentName, _ rule: SegmentRule, _ file: any StorageFile, _ tools: FoldTools
    ) throws(StorageError) -> FoldOutcome {
        let status = try file.status()
        var input = inputs[name.fileName] ?? IndexedSegment(name: name, status: status)
        guard try input.matches(file, status), input.adopt(rule) else { return .mustFoldAgain }
        input.status = status
        input.isReadToEnd = true
        // Record what is folded below even if an error is thrown, or it would count twice.
        defer { inputs[name.fileName] = input }
        guard status.size > input.offset else {
            let wasPending = input.pendingBytes > 0
            input.forgetPending()
            try updateFingerprints(&input, file)
            return .folded(changed: wasPending)
        }
        if input.hasOpenLine {
            let next = try tools.reader.openLineEnd(
                of: file, at: input.offset, size: status.size)
            switch next {
            case .open: return .folded(changed: false)
            case .ended: input.hasOpenLine = false
            // It counted as another line: no state can take that back.
            case .continued: return .mustFoldAgain
            }
        }
        let before = (input.offset, input.pendingBytes, input.pendingReason)
        let end = try read(name, rule, file, status, &input, tools)
        if end < status.size {
            unreadBytes += status.size - input.offset
            input.forgetPending()
            input.isReadToEnd = false
        }
        try updateFingerprints(&input, file)
        return .folded(
            changed: before != (input.offset, input.pendingBytes, input.pendingReason))
    }

    /// Folds as much of the file as `allowedBytes` permits, and at least one frame if there is one.
    /// - Returns: the offset up to which the file was read.
    private func read(
        _ name: SegmentName, _ rule: SegmentRule, _ file: any StorageFile,
        _ status: FileStatus, _ input: inout IndexedSegment, _ tools: FoldTools
    ) throws(StorageError) -> Int {
        let start = input.offset
        var step = max(0, min(allowedBytes, status.size - start))
        guard step > 0 else { return start }
        while true {
            let progress = tools.reader.readAvailable(
                file, name: name, session: session, from: start, size: start + step,
                endsFile: start + step == status.size
            ) { frame in
                input.count(frame)
                state.fold(frame, rule: rule, scanner: tools.scanner) { line, offset, reason in
                    input.addBadLine(line, offset, of: frame, reason)
                }
            }
            for region in progress.badRegions { input.add(region) }
            input.stop(at: progress)
            if let failure = progress.failure {
                input.isReadToEnd = false
                throw failure
            }
            // Nothing folded yet: a frame, or damage, is longer than the step. Read further.
            if progress.offset > start || start + step == status.size {
                allowedBytes -= step
                return start + step
            }
            step = min(step * 2, status.size - start)
        }
    }

    private func updateFingerprints(
        _ input: inout IndexedSegment, _ file: any StorageFile
    ) throws(StorageError) {
        do throws(StorageError) {
            try input.updateFingerprints(file)
        } catch {
            input.isReadToEnd = false
            throw error
        }
    }
}
