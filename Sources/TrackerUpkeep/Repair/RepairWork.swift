import TrackerLog

/// One repair of one session. Sections pass through one at a time; none is kept in memory.
final class RepairWork {
    private struct SavedFrame: Hashable {
        var session: SessionID
        var identity: FrameIdentity
    }

    private let key: DataFolder.SessionKey
    private let settings: RepairSettings
    private var report: RepairReport
    /// Index of each region in the report.
    private var indices: [BadRegion: Int] = [:]
    /// Frames seen in each session that a saved section may belong to.
    private var seen: [SessionID: SeenFrames]
    private var saved: Set<SavedFrame> = []
    private(set) var segments: [SessionID: RepairedSegment] = [:]

    init(
        _ key: DataFolder.SessionKey, _ examination: LogVerifier.Examination,
        _ settings: RepairSettings
    ) {
        self.key = key
        self.settings = settings
        report = RepairReport(key: key)
        report.problems = examination.verification.problems
        report.openFiles = examination.verification.files
            .filter { $0.isOpen && $0.regionCount + $0.pendingBytes > 0 }
            .map(\.name.fileName)
        seen = [key.session: examination.seen]
    }

    var finished: RepairReport {
        var report = report
        report.written = segments.sorted { $0.key < $1.key }.flatMap { $0.value.written }
        return report
    }

    /// - Parameter wantsWhole: `true`: save complete sections with an identity; else the others.
    func save(_ file: FileVerification, wantsWhole: Bool, writes: Bool) throws(RepairError) {
        guard !file.regions.isEmpty else { return }
        var failure: RepairError?
        do throws(StorageError) {
            let path = DataLayout.sessionFolder(key.user, key.session)
                .appending(file.name.fileName)
            let salvage = RegionSalvage(
                try settings.storage.openForReading(path), name: file.name, size: file.bytes)
            var last: BadRegion?
            // A frame with two refused sections is listed as two regions with one offset.
            for region in file.regions where failure == nil && region.offset != last?.offset {
                last = region
                let index = index(of: region)
                let isDone = try salvage.sections(in: region) { section in
                    guard failure == nil else { return }
                    do throws(RepairError) {
                        try self.save(section, index, wantsWhole: wantsWhole, writes: writes)
                    } catch {
                        failure = error
                    }
                }
                report.regions[index].isGivenUp = !isDone
            }
        } catch {
            throw .storage(error)
        }
        if let failure { throw failure }
    }

    private func index(of region: BadRegion) -> Int {
        if let index = indices[region] { return index }
        report.regions.append(RepairReport.Region(bad: region))
        indices[region] = report.regions.count - 1
        return report.regions.count - 1
    }

    private func save(
        _ section: SalvagedSection, _ region: Int, wantsWhole: Bool, writes: Bool
    ) throws(RepairError) {
        let reason = report.regions[region].bad.reason
        let wasDivided = [.misplaced, .count, .header].contains(reason)
        // Lines before the first header of a divided frame were read normally.
        if section.header == nil, wasDivided, section.ordinal == 0 { return }
        let isWhole = section.header != nil && section.isWhole
        guard isWhole == wantsWhole, let target = SavedTarget(section, in: key.session) else {
            return
        }
        guard try !isThere(target) else {
            report.regions[region].sectionsElsewhere += 1
            return
        }
        guard section.isChecked || settings.includesUnchecked else {
            report.regions[region].uncheckedLines += section.lineCount
            return
        }
        saved.insert(SavedFrame(session: target.session, identity: target.header.identity))
        report.regions[region].count(section, target.session)
        guard writes else { return }
        let segment =
            segments[target.session]
            ?? RepairedSegment(
                DataFolder.SessionKey(user: key.user, session: target.session),
                writer: settings.newWriterID(), in: settings.storage)
        segments[target.session] = segment
        try segment.append(
            target.bytes(of: section), target.header, lines: section.lineCount,
            isChecked: section.isChecked)
    }

    /// Whether the log already has a frame of this identity.
    private func isThere(_ target: SavedTarget) throws(RepairError) -> Bool {
        let identity = target.header.identity
        if saved.contains(SavedFrame(session: target.session, identity: identity)) { return true }
        let known: SeenFrames
        if let loaded = seen[target.session] {
            known = loaded
        } else {
            known = try look(into: target.session)
            seen[target.session] = known
        }
        return known[identity.writer].contains(identity.seq)
    }

    private func look(into session: SessionID) throws(RepairError) -> SeenFrames {
        do throws(StorageError) {
            let other = DataFolder.SessionKey(user: key.user, session: session)
            let examination = try settings.verifier.examine(other)
            if let problem = examination.verification.problems.first { throw problem }
            return examination.seen
        } catch {
            guard error.code == ErrorCode.notFound else { throw .storage(error) }
            return SeenFrames()
        }
    }
}

/// The session that a section is saved to, and its header there.
private struct SavedTarget {
    let session: SessionID
    let header: FrameHeader
    private let isUnchanged: Bool

    /// - Returns: `nil` when it must not be saved: its header names an invalid session id, or
    ///   belongs to lines that a compaction copied from another file.
    init?(_ section: SalvagedSection, in own: SessionID) {
        guard let found = section.header else {
            session = own
            header = FrameHeader(
                session: own.value, identity: Self.identity(of: section),
                events: section.lineCount)
            isUnchanged = false
            return
        }
        guard found.claim == nil, found.bareOf == nil, section.isWhole || section.lineCount > 0,
            let named = found.session.utf8.elementsEqual(own.value.utf8)
                ? own : SessionID(valid: found.session)
        else { return nil }
        var header = found
        header.events = section.lineCount
        // Without all its lines it does not fold to what it was made from.
        if !section.isWhole { header.thinned = nil }
        session = named
        self.header = header
        isUnchanged = section.isWhole
    }

    /// For lines without a header: a hash of offset, ordinal and lines, so that a copy of the file
    /// gives the same identity.
    private static func identity(of section: SalvagedSection) -> FrameIdentity {
        let position = Array("\(section.offset) \(section.ordinal)\n".utf8)
        let hash = XXHash64.hash(position + section.lines)
        return FrameIdentity(writer: "repair-" + XXHash64.hex(hash), seq: 0)
    }

    func bytes(of section: SalvagedSection) -> [UInt8] {
        guard !isUnchanged else { return section.headerLine + section.lines }
        var bytes: [UInt8] = []
        header.write(to: &bytes)
        return bytes + section.lines
    }
}

extension RepairReport.Region {
    fileprivate mutating func count(_ section: SalvagedSection, _ session: SessionID) {
        let known = saved.firstIndex {
            $0.session == session && $0.isChecked == section.isChecked
        }
        if known == nil {
            saved.append(RepairReport.Saved(session: session, isChecked: section.isChecked))
        }
        let index = known ?? saved.count - 1
        saved[index].sections += 1
        if !section.isWhole { saved[index].incompleteSections += 1 }
        saved[index].lines += section.lineCount
    }
}
