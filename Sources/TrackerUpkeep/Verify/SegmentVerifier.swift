import TrackerIndexer
import TrackerLog

/// Reads one file to its end and records what it contains.
struct SegmentVerifier {
    private(set) var result: FileVerification
    private(set) var seen = SeenFrames()
    private(set) var droppedEvents = 0
    private(set) var failure: StorageError?
    /// Index of the file in the session's listing.
    private let fileIndex: Int
    private let maxRegions: Int
    private let rule: SegmentRule
    /// The writer of the first header.
    private var namedWriter: String?
    private var namesSeveral = false

    /// - Parameters:
    ///   - fileIndex: index of the file in the session's listing.
    ///   - rule: which of its lines count.
    ///   - maxRegions: number of bad regions to list.
    init(_ result: FileVerification, fileIndex: Int, rule: SegmentRule, maxRegions: Int) {
        self.result = result
        self.rule = rule
        self.fileIndex = fileIndex
        self.maxRegions = maxRegions
    }

    mutating func run(
        _ file: any StorageFile, session: SessionID, with tools: VerifyTools
    ) {
        var work = self
        let progress = tools.reader.readAvailable(
            file, name: result.name, session: session, from: 0, size: result.bytes
        ) { frame in
            work.add(frame, tools.lines)
        }
        for region in progress.badRegions { work.add(region) }
        work.failure = progress.failure
        if progress.failure == nil {
            work.add(SegmentEnd(progress, missingBytes: rule.missingBytes))
        }
        if let writer = work.namedWriter, !work.namesSeveral, writer != result.name.writer,
            result.name.writer != SegmentName.sharedWriter, !result.name.isCompacted,
            SegmentName(fileName: SegmentName(writer: writer, number: 1).fileName) != nil
        {
            work.result.otherWriter = writer
        }
        work.seen.settle()
        self = work
    }

    private mutating func add(_ frame: FrameContent, _ verdicts: LineVerdicts) {
        let isPlain = result.name.encoding == .plain
        // The reader groups bare lines arbitrarily, so in a bare file only headers are counted.
        let frames = isPlain ? frame.sections.count { $0.header != nil } : 1
        result.frames += frames
        result.newerSections += frame.newerSections
        if !frame.isChecked { result.uncheckedFrames += frames }
        // An unterminated frame has no header or lines to report; its bad region is listed.
        for refused in frame.refused where refused.reason != .unterminated { add(refused, frame) }
        for whole in frame.sections {
            guard let section = rule.part(of: whole, in: frame) else { continue }
            result.lines += section.lineCount
            if let header = section.header { add(header, frame) }
            let plausible = PlausibleTimes(writtenAtMs: section.header?.atMs)
            var implausible = 0
            let look = { (timestampMs: Double) in
                if !plausible.contains(timestampMs) { implausible += 1 }
            }
            result.events += verdicts.count(frame, section, times: look) { refusal in
                result.badLineCount += 1
                guard result.badLines.count < LogLimits.maxListedBadLines else { return }
                result.badLines.append(
                    BadLinePosition(
                        frameOffset: isPlain ? frame.offset + refusal.offset : frame.offset,
                        line: isPlain ? 1 : refusal.line, length: refusal.length,
                        reason: refusal.reason))
            }
            result.implausibleTimes += implausible
        }
    }

    private mutating func add(_ header: FrameHeader, _ frame: FrameContent) {
        droppedEvents = SaturatingCount.sum(droppedEvents, header.dropped)
        seen.insert(
            header.identity.seq, of: header.identity.writer,
            from: SequenceRanges.Position(file: fileIndex, offset: frame.offset),
            to: SequenceRanges.Position(file: fileIndex, offset: frame.offset + frame.length))
        if namedWriter == nil { namedWriter = header.identity.writer }
        if namedWriter != header.identity.writer { namesSeveral = true }
    }

    private mutating func add(_ refused: RefusedSection, _ frame: FrameContent) {
        let identity = refused.header?.identity
        let new = Refusal(
            reason: refused.reason, bytes: frame.offset..<frame.offset + frame.length,
            lines: refused.lineCount, claimedEvents: refused.header?.writtenEvents ?? 0,
            session: refused.header?.session, writer: identity?.writer,
            seqs: identity.map { $0.seq...$0.seq })
        if let last = result.refusals.last, let joined = last.joined(with: new) {
            result.refusals[result.refusals.count - 1] = joined
        } else if result.refusals.count < VerifyLimits.maxListedRefusals {
            result.refusals.append(new)
        }
    }

    private mutating func add(_ region: BadRegion) {
        result.regionCount += 1
        // A frame with two refused sections is one byte range.
        if region.offset >= lostEnd { result.lostBytes += region.length }
        lostEnd = max(lostEnd, region.offset + region.length)
        if result.regions.count < maxRegions { result.regions.append(region) }
    }

    private var lostEnd = 0

    private mutating func add(_ end: SegmentEnd) {
        guard let region = end.damage(in: result.name, isClosed: { !result.isOpen }) else {
            result.pendingBytes = end.pendingBytes
            return
        }
        add(region)
        // Bytes that were never there are not lost bytes of the file.
        result.lostBytes -= end.missingBytes
    }
}

extension Refusal {
    /// Joins entries of consecutive frames: a file in the wrong folder is one finding.
    fileprivate func joined(with next: Refusal) -> Refusal? {
        guard reason == .misplaced, next.reason == .misplaced, session.isExactly(next.session),
            writer.isExactly(next.writer), let seqs, let more = next.seqs,
            more.lowerBound == seqs.upperBound + 1
        else { return nil }
        var joined = self
        joined.bytes = bytes.lowerBound..<next.bytes.upperBound
        joined.sections += next.sections
        joined.lines += next.lines
        joined.claimedEvents += next.claimedEvents
        joined.seqs = seqs.lowerBound...more.upperBound
        return joined
    }
}

/// Buffers of one verifying thread, reused for one file after another.
package final class VerifyTools {
    let reader = SegmentReader()
    let lines = LineVerdicts()

    package init() {}
}
