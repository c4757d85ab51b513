import Glibc
package import TrackerLog

/// All that a reader told of one segment, as a value to compare.
package struct SegmentReading: Hashable, Sendable {
    /// A section of a frame, or in a bare file a line outside of all sections.
    package struct Section: Hashable, Sendable {
        package var header: FrameHeader?
        /// Where its frame is; in a bare file, where its first line is.
        package var offset: Int
        package var firstLine: Int
        package var lineCount: Int
        package var bytes: [UInt8]
        package var contentHash: UInt32
        package var isChecked: Bool
    }

    package init() {}

    package var sections: [Section] = []
    package var newerSections = 0
    package var badRegions: [BadRegion] = []
    package var offset = 0
    package var pendingBytes = 0
    package var pendingReason: BadRegion.Reason?

    /// The values of all samples that are read.
    package var values: [Int] {
        sections.flatMap { section in
            section.bytes.split(separator: 0x0A).compactMap { line -> Int? in
                do throws(LineError) {
                    guard case .sample(let sample) = try EventParser.parse(Array(line)) else {
                        return nil
                    }
                    return Int(sample.value)
                } catch {
                    return nil
                }
            }
        }
    }

    /// Reads a segment in one go or, with several sizes, as it grew.
    package init(
        _ bytes: [UInt8], as name: SegmentName, session: String, sizes: [Int]? = nil,
        reader: SegmentReader
    ) throws {
        let file = BytesFile(bytes)
        let session = try SessionID(session)
        var hasOpenLine = false
        for size in sizes ?? [bytes.count] {
            // What follows such a line may make it another one: it is read again.
            if hasOpenLine { self = SegmentReading() }
            let progress = try reader.read(
                file, name: name, session: session, from: offset, size: size
            ) { frame in
                add(frame, isPlain: name.encoding == .plain)
            }
            badRegions += progress.badRegions
            offset = progress.offset
            pendingBytes = progress.pendingBytes
            pendingReason = progress.pendingReason
            hasOpenLine = progress.hasOpenLine
        }
    }

    private mutating func add(_ frame: FrameContent, isPlain: Bool) {
        newerSections += frame.newerSections
        for section in frame.sections {
            let bytes = unsafe Array(frame.bytes[section.body])
            if isPlain && section.header == nil {
                addLines(bytes, at: frame.offset + section.body.lowerBound)
            } else {
                sections.append(
                    Section(
                        header: section.header,
                        offset: isPlain ? frame.offset + section.body.lowerBound : frame.offset,
                        firstLine: section.firstLine, lineCount: section.lineCount, bytes: bytes,
                        contentHash: section.contentHash, isChecked: frame.isChecked))
            }
        }
    }

    /// How many lines of a bare file come at once depends on when it is read; each line does not.
    private mutating func addLines(_ bytes: [UInt8], at offset: Int) {
        var at = offset
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
            sections.append(
                Section(
                    header: nil, offset: at, firstLine: 1, lineCount: 1, bytes: line + [0x0A],
                    contentHash: 0, isChecked: false))
            at += line.count + 1
        }
    }
}

/// A file that is these bytes.
package final class BytesFile: StorageFile {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StorageError) -> Int {
        guard offset < bytes.count else { return 0 }
        let count = min(buffer.count, bytes.count - offset)
        unsafe buffer.copyBytes(from: bytes[offset..<offset + count])
        return count
    }

    private func refuse(_ operation: StorageError.Operation) -> StorageError {
        StorageError(operation: operation, path: "bytes", code: EROFS)
    }

    package func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) -> Int {
        throw refuse(.append)
    }

    package func truncate(to size: Int) throws(StorageError) { throw refuse(.truncate) }
    package func sync() throws(StorageError) { throw refuse(.sync) }

    package func status() throws(StorageError) -> FileStatus {
        FileStatus(device: 1, inode: 1, size: bytes.count, modifiedNs: 0)
    }

    package func lockShared() throws(StorageError) -> Bool { true }
    package func lockExclusive() throws(StorageError) -> Bool { true }
    package func close() throws(StorageError) {}
}
