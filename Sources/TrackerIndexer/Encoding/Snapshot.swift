package import TrackerLog

/// The file that a session's index is kept in: derived, and never trusted beyond what can be
/// checked.
///
/// One checksummed zstd frame of JSON:
/// `{"snapshot":4,"user","session","inputs":[…],"duplicates":…,"state":{…}}`. A snapshot that is
/// missing, damaged, newer or does not match its files is no error: the session is folded again.
package enum Snapshot {
    /// Of the snapshot and of the fold: a reader that folds differently must not go on from an
    /// older state.
    package static let version = 4

    /// - Parameters:
    ///   - state: as `SessionState.encoded` gives it.
    ///   - isAlone: whether nobody else saves the same session meanwhile: whoever holds the lock
    ///     of the index alone.
    package static func save(
        _ index: SessionIndex, state: [UInt8], in storage: any Storage, isAlone: Bool = true
    ) throws(StorageError) {
        let path = DataLayout.snapshot(index.user, index.session)
        guard let bytes = ZstdText.compress(text(of: index, state: state)) else {
            throw StorageError(operation: .create, path: path.description, code: ErrorCode.noSpace)
        }
        let mark = isAlone ? "" : ".\(UInt64.random(in: 0 ... .max))"
        try storage.replace(path, with: bytes, mark: mark)
    }

    /// - Returns: `nil` when there is none that can be used.
    package static func load(
        user: UserID, session: SessionID, from storage: any Storage
    ) -> SessionIndex? {
        let path = DataLayout.snapshot(user, session)
        // try? is right here: without a snapshot the session is folded again.
        guard let bytes = try? storage.readAll(path, limit: IndexLimits.maxIndexFileBytes),
            let text = ZstdText.decompress(bytes, limit: IndexLimits.maxIndexTextBytes),
            let value = JSONValue.parsed(text),
            value["snapshot"]?.intValue == version, value["user"]?.stringValue == user.value,
            value["session"]?.stringValue == session.value,
            let rows = value["inputs"]?.arrayValue, let object = value["state"],
            let state = SessionState(object: object),
            let duplicates = value["duplicates"]?.intValue,
            (0...SaturatingCount.most).contains(duplicates)
        else { return nil }
        let inputs = rows.compactMap(IndexedSegment.init(json:))
        guard inputs.count == rows.count else { return nil }
        state.duplicateFrames = duplicates
        return SessionIndex(user: user, session: session, state: state, inputs: inputs)
    }

    package static func text(of index: SessionIndex, state: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.append(contentsOf: "{\"snapshot\":\(version),\"user\":".utf8)
        appendJSONString(index.user.value, to: &text)
        text.append(contentsOf: ",\"session\":".utf8)
        appendJSONString(index.session.value, to: &text)
        text.append(contentsOf: ",\"inputs\":".utf8)
        let inputs = index.inputs.sorted { $0.key < $1.key }.map(\.value.json)
        JSONValue.array(inputs).write(to: &text)
        text.append(contentsOf: ",\"duplicates\":\(index.state.duplicateFrames)".utf8)
        text.append(contentsOf: ",\"state\":".utf8)
        text.append(contentsOf: state)
        text.append(UInt8(ascii: "}"))
        return text
    }
}

extension IndexedSegment {
    var json: JSONValue {
        .object([
            .init("name", .string(name.fileName)), .init("device", .integer(status.device)),
            .init("inode", .integer(status.inode)), .init("size", .integer(status.size)),
            .init("modified_ns", .integer(status.modifiedNs)), .init("offset", .integer(offset)),
            .init("head", head.json), .init("tail", tail.json),
            .init("pending", .integer(pendingBytes)), .init("frames", .integer(frames)),
            .init("unchecked", .integer(uncheckedFrames)), .init("newer", .integer(newerFrames)),
            .init("regions", .array(badRegions.map(\.json))),
            .init("region_count", .integer(badRegionCount)),
            .init("region_bytes", .integer(badRegionBytes)),
            .init("lines", .array(badLines.map(\.json))),
            .init("bare", .bool(hasBareLines)), .init("missing", .integer(missingBytes)),
            .init("rule", .integer(ruleHash)),
        ])
    }

    /// A segment is 64 MiB. Sums over as many inputs as fit into a snapshot do not overflow.
    private static let maxCount = 1 << 40

    init?(json: JSONValue) {
        let maxCount = Self.maxCount
        func count(_ key: String) -> Int? {
            json[key]?.intValue.flatMap { (0...maxCount).contains($0) ? $0 : nil }
        }
        guard let name = json["name"]?.stringValue.flatMap(SegmentName.init(fileName:)),
            let device = json["device"]?.unsignedValue, let inode = json["inode"]?.unsignedValue,
            let size = count("size"), let modifiedNs = json["modified_ns"]?.intValue,
            let offset = count("offset"), offset <= size,
            let head = json["head"].flatMap(Fingerprint.init(json:)),
            let tail = json["tail"].flatMap(Fingerprint.init(json:)),
            head.offset == 0, head.length <= offset, tail.offset <= offset - tail.length,
            let pending = count("pending"), let frames = count("frames"),
            let unchecked = count("unchecked"), let newer = count("newer"),
            let regions = json["regions"]?.arrayValue, let regionCount = count("region_count"),
            let regionBytes = count("region_bytes"), let lines = json["lines"]?.arrayValue,
            let hasBareLines = json["bare"]?.boolValue, let missingBytes = count("missing"),
            let ruleHash = json["rule"]?.unsignedValue
        else { return nil }
        self.init(
            name: name,
            status: FileStatus(
                device: device, inode: inode, size: size, modifiedNs: Int64(modifiedNs)))
        self.offset = offset
        self.head = head
        self.tail = tail
        pendingBytes = pending
        self.frames = frames
        uncheckedFrames = unchecked
        newerFrames = newer
        badRegions = regions.compactMap(BadRegion.init(json:))
        badRegionCount = regionCount
        badRegionBytes = regionBytes
        badLines = lines.compactMap(BadLine.init(json:))
        self.hasBareLines = hasBareLines
        self.missingBytes = missingBytes
        self.ruleHash = ruleHash
    }
}

extension IndexedSegment.Fingerprint {
    var json: JSONValue {
        .array([.integer(offset), .integer(length), .integer(hash)])
    }

    init?(json: JSONValue) {
        guard let parts = json.arrayValue, parts.count == 3, let offset = parts[0].intValue,
            let length = parts[1].intValue, (0...Self.maxBytes).contains(length), offset >= 0,
            let hash = parts[2].unsignedValue
        else { return nil }
        self.init(offset: offset, length: length, hash: hash)
    }
}

extension JSONValue {
    /// The value of a number that is a whole one within 64 bits without sign.
    package var unsignedValue: UInt64? {
        guard case .number(let text) = self else { return nil }
        return UInt64(text)
    }
}
