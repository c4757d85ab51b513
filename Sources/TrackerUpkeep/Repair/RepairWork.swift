import TrackerLog

/// One repair of one session. It is shown one section after the other, and holds none.
final class RepairWork {
    private struct SavedFrame: Hashable {
        var session: SessionID
        var identity: FrameIdentity
    }

    private let key: DataFolder.SessionKey
    private let settings: RepairSettings
    private var report: RepairReport
    /// Where a region stands in the report.
    private var places: [BadRegion: Int] = [:]
    /// What is in the sessions that sections belong to.
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

    /// - Parameter wantsWhole: whether sections are taken that are whole under an identity of their
    ///   own, or the others.
    func save(_ file: FileVerification, wantsWhole: Bool, writes: Bool) throws(RepairError) {
        guard !file.regions.isEmpty else { return }
        var failure: RepairError?
        do throws(StorageError) {
            let path = DataLayout.sessionFolder(key.user, key.session)
                .appending(file.name.fileName)
            let salvage = RegionSalvage(
                try settings.storage.openForReading(path), name: file.name, size: file.bytes)
            var last: BadRegion?
            // A frame with two refused sections is two regions of the same place.
            for region in file.regions where failure == nil && region.offset != last?.offset {
                last = region
                let index = place(of: region)
                let isDone = try salvage.sections(in: region) { section in
                    guard failure == nil else { return }
                    do throws(RepairError) {
                        try self.take(section, index, wantsWhole: wantsWhole, writes: writes)
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

    private func place(of region: BadRegion) -> Int {
        if let index = places[region] { return index }
        report.regions.append(RepairReport.Region(place: region))
        places[region] = report.regions.count - 1
        return report.regions.count - 1
    }

    private func take(
        _ section: SalvagedSection, _ region: Int, wantsWhole: Bool, writes: Bool
    ) throws(RepairError) {
        let reason = report.regions[region].place.reason
        let wasDivided = [.misplaced, .count, .header].contains(reason)
        // Lines before the first header of a frame that is divided are read.
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
            target.bytes(of: section), target.header.identity, lines: section.lineCount,
            isChecked: section.isChecked)
    }

    /// Whether the log has a frame of this identity: then nothing is to be saved.
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

/// Where a section goes, and under which header.
private struct SavedTarget {
    let session: SessionID
    let header: FrameHeader
    private let isAsItStood: Bool

    /// - Returns: `nil` when it has no place: the header names no session that can be, or speaks
    ///   for lines that a compaction took from elsewhere.
    init?(_ section: SalvagedSection, in own: SessionID) {
        guard let found = section.header else {
            session = own
            header = FrameHeader(
                session: own.value, identity: Self.identity(of: section),
                events: section.lineCount)
            isAsItStood = false
            return
        }
        guard found.claim == nil, found.bareOf == nil, section.isWhole || section.lineCount > 0,
            let named = found.session.utf8.elementsEqual(own.value.utf8)
                ? own : SessionID(valid: found.session)
        else { return nil }
        var header = found
        header.events = section.lineCount
        session = named
        self.header = header
        isAsItStood = section.isWhole
    }

    /// Of lines that have none: the same lines at the same place have the same, also in a copy of
    /// the file.
    private static func identity(of section: SalvagedSection) -> FrameIdentity {
        let place = Array("\(section.offset) \(section.ordinal)\n".utf8)
        let hash = XXHash64.hash(place + section.lines)
        return FrameIdentity(writer: "repair-" + XXHash64.hex(hash), seq: 0)
    }

    func bytes(of section: SalvagedSection) -> [UInt8] {
        guard !isAsItStood else { return section.headerLine + section.lines }
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
