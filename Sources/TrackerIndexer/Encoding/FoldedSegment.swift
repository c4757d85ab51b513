package import TrackerLog

/// One segment, folded on its own: what `tracker fold` makes of it, and `tracker merge` joins.
package struct FoldedSegment {
    package let user: UserID
    package let session: SessionID
    let input: IndexedSegment
    /// Frames that came again within the segment; no part of the state.
    let duplicateFrames: Int
    /// Of the encoded state: its length and XXH64.
    let stateBytes: Int
    let stateHash: UInt64
    /// The encoded state as one checksummed zstd frame.
    let stateFrame: StoredBytes

    package var name: SegmentName { input.name }
    /// How far the file is folded.
    package var foldedBytes: Int { input.offset }
    package var frames: Int { input.frames }
    package var badRegions: Int { input.badRegionCount }

    /// What was found beside what is kept in the state file.
    package struct Findings: Sendable {
        package var events = 0
        package var badLines = 0
        /// At the end, no whole frame yet.
        package var pendingBytes = 0
    }

    /// Folds the file as far as it holds whole frames.
    /// - Parameter file: wherever it lies, and whatever its name there.
    /// - Throws: `StateFileError.unreadable` when the disk does not give all of it.
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
            stateHash: XXHash64.hash(state), stateFrame: .held(frame))
        let findings = Findings(
            events: index.state.events, badLines: index.state.badLines,
            pendingBytes: input.pendingBytes)
        return (segment, findings)
    }

    /// - Throws: when the text is not the one that was written.
    func state(from source: String) throws(StateFileError) -> SessionState {
        guard let object = JSONValue.parsed(try stateText(from: source)) else {
            throw .damaged(source, "the state of \(name) is no JSON")
        }
        do throws(ColumnError) {
            let state = try SessionState(object: object)
            state.duplicateFrames = duplicateFrames
            return state
        } catch {
            throw .damaged(source, "in the state of \(name), \(error)")
        }
    }

    /// The state's text, checked.
    package func stateText(from source: String) throws(StateFileError) -> [UInt8] {
        let frame: [UInt8]
        do throws(StorageError) {
            frame = try stateFrame.bytes()
        } catch {
            throw .unreadable("\(source): \(error)")
        }
        guard let text = ZstdText.decompress(frame, limit: stateBytes),
            text.count == stateBytes, XXHash64.hash(text) == stateHash
        else { throw .damaged(source, "the state of \(name) is not what was written") }
        return text
    }
}

/// Bytes in memory, or a stretch of a file that is read when they are wanted.
enum StoredBytes {
    case held([UInt8])
    case stretch(any StorageFile, offset: Int, length: Int)

    var count: Int {
        switch self {
        case .held(let bytes): bytes.count
        case .stretch(_, _, let length): length
        }
    }

    func bytes() throws(StorageError) -> [UInt8] {
        switch self {
        case .held(let bytes): bytes
        case .stretch(let file, let offset, let length):
            try file.readBytes(at: offset, count: length)
        }
    }
}
