package import TrackerLog

/// The state of one segment, folded alone: made by `tracker fold`, joined by `tracker merge`.
package struct FoldedSegment {
    package let user: UserID
    package let session: SessionID
    let input: IndexedSegment
    /// Repeated frames within the segment. Not part of the state.
    let duplicateFrames: Int
    /// Length of the encoded state.
    let stateBytes: Int
    /// XXH64 of the encoded state.
    let stateHash: UInt64
    /// The encoded state as one checksummed zstd frame.
    let stateFrame: StoredBytes

    package var name: SegmentName { input.name }
    /// Length of the folded part of the file.
    package var foldedBytes: Int { input.offset }
    package var frames: Int { input.frames }
    package var badRegions: Int { input.badRegionCount + (input.pendingReason == nil ? 0 : 1) }

    /// Counts for a report. The state file does not contain them.
    package struct Findings: Sendable {
        package var events = 0
        package var badLines = 0
        /// Bytes at the end that are not a complete frame yet, and may become one.
        package var pendingBytes = 0
    }

    /// Folds the complete frames of the file.
    /// - Parameters:
    ///   - file: any file; it need not be in a data folder.
    ///   - address: the segment that it is a copy of.
    /// - Throws: `StateFileError.unreadable` if the file cannot be read to its end.
    package static func fold(
        _ file: any StorageFile, as address: SegmentAddress, with tools: FoldTools
    ) throws(StateFileError) -> (segment: FoldedSegment, findings: Findings) {
        let index = SessionIndex(user: address.user, session: address.session)
        do throws(StorageError) {
            try index.fold(file, as: address.name, with: tools)
        } catch {
            throw .unreadable("\(error)")
        }
        let state = index.state.encoded().text
        guard let input = index.inputs[address.name.fileName], let frame = ZstdText.compress(state)
        else { throw .unreadable("\(address): nothing to read, or no memory for its state") }
        let segment = FoldedSegment(
            user: address.user, session: address.session, input: input,
            duplicateFrames: index.state.duplicateFrames, stateBytes: state.count,
            stateHash: XXHash64.hash(state), stateFrame: .inMemory(frame))
        let findings = Findings(
            events: index.state.events, badLines: index.state.badLines,
            pendingBytes: input.pendingReason == nil ? input.pendingBytes : 0)
        return (segment, findings)
    }

    /// Decodes the state.
    /// - Parameter source: the state file's name in errors.
    /// - Throws: if the state is not the one that was written.
    func state(from source: String) throws(StateFileError) -> SessionState {
        guard let object = JSONValue.parsed(try stateText(from: source)) else {
            throw .damaged(source, "the state of \(name) is not JSON")
        }
        do throws(ColumnError) {
            let state = try SessionState(object: object)
            state.duplicateFrames = duplicateFrames
            return state
        } catch {
            throw .damaged(source, "in the state of \(name), \(error)")
        }
    }

    /// The state's text, after a check of its length and hash.
    package func stateText(from source: String) throws(StateFileError) -> [UInt8] {
        let frame: [UInt8]
        do throws(StorageError) {
            frame = try stateFrame.bytes()
        } catch {
            throw .unreadable("\(source): \(error)")
        }
        guard let text = ZstdText.decompress(frame, limit: stateBytes),
            text.count == stateBytes, XXHash64.hash(text) == stateHash
        else { throw .damaged(source, "the state of \(name) does not match its checksum") }
        return text
    }
}

/// Bytes in memory, or a byte range of a file that is read on demand.
enum StoredBytes {
    case inMemory([UInt8])
    case inFile(any StorageFile, offset: Int, length: Int)

    var count: Int {
        switch self {
        case .inMemory(let bytes): bytes.count
        case .inFile(_, _, let length): length
        }
    }

    func bytes() throws(StorageError) -> [UInt8] {
        switch self {
        case .inMemory(let bytes): bytes
        case .inFile(let file, let offset, let length):
            try file.readBytes(at: offset, count: length)
        }
    }
}
