package import TrackerLog

/// Imports one file: bytes in, in any pieces; events out. Memory does not grow with the file, but
/// for JSON documents, which are held as a whole.
package struct FileImport {
    private enum Stage {
        /// The first bytes, until they show what the file is.
        case head([UInt8])
        case reading(any FormatFeed)
        case document([UInt8])
    }

    private let source: ImportSource
    private let detection: FormatDetection
    private var unwrapper: Unwrapper?
    /// The first bytes of the file, until they show whether it is compressed.
    private var magic: [UInt8] = []
    private var isPlain = false
    private var stage = Stage.head([])
    private var output: ImportOutput?
    /// What stands around the lines of a document.
    private var wrapping: LineWrapping?
    /// Bytes of content, after unwrapping.
    package private(set) var contentBytes = 0

    package init(source: ImportSource, formats: [AnyFormat]) {
        self.source = source
        detection = FormatDetection(formats: formats)
    }

    /// The format's name; `nil` until it is known.
    package private(set) var format: String?
    package var runs: [FinishedImport] { output?.runs ?? [] }
    package var losses: LossList { output?.losses ?? LossList() }
    /// The latest time of the events so far.
    package var latest: Timestamp { output?.latest ?? .epoch }

    package mutating func feed(_ bytes: [UInt8]) throws(ImportError) {
        let result = unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(ImportError) in try unsafe feed(ByteView(buffer)) }
        }
        try result.get()
    }

    package mutating func feed(_ bytes: ByteView) throws(ImportError) {
        if isPlain { return try take(bytes) }
        if unwrapper != nil { return try unwrap(bytes) }
        unsafe magic.append(contentsOf: bytes.raw)
        if magic.count >= PackedKind.magicBytes { try choose() }
    }

    /// After the last byte.
    package mutating func finish() throws(ImportError) {
        if !isPlain, unwrapper == nil { try choose() }
        if let damage = unwrapper?.endDamage {
            guard contentBytes > 0 else {
                throw .refused(
                    format: unwrapper?.name ?? "file", reason: damage,
                    advice: "Nothing of it can be read: copy the file again.", place: nil)
            }
            try decide(isWhole: true)
            output?.lost(damage, at: ImportPlace(line: nil, offset: contentBytes))
        }
        try decide(isWhole: true)
        switch stage {
        case .head: break
        case .reading(var feed):
            guard var output else { return }
            self.output = nil
            defer { self.output = output }
            try feed.finish(into: &output)
            if let reason = output.emptyHanded() { throw reason }
        case .document(let bytes): try readDocuments(bytes)
        }
    }

    /// Decides with what has arrived: for a source that pauses.
    package mutating func decideNow() throws(ImportError) {
        if !isPlain, unwrapper == nil, !magic.isEmpty { try choose() }
        if case .head(let bytes) = stage, bytes.contains(0x0A) { try decide(isWhole: false) }
    }

    /// Removes and returns the events found so far.
    package mutating func takeEvents() -> [Event] { output?.takeEvents() ?? [] }

    /// Removes and returns the events that name the session: they are written last.
    package mutating func takeNames() -> [Event] { output?.takeNames() ?? [] }

    private mutating func choose() throws(ImportError) {
        let first = magic
        magic = []
        if let kind = PackedKind(first) {
            unwrapper = try Unwrapper(kind)
        } else {
            isPlain = true
        }
        try feed(first)
    }

    private mutating func unwrap(_ bytes: ByteView) throws(ImportError) {
        guard var unwrapper else { return }
        self.unwrapper = nil
        defer { self.unwrapper = unwrapper }
        try unwrapper.feed(bytes) { piece throws(ImportError) in
            if contentBytes == 0, let inner = PackedKind(piece.prefix(PackedKind.magicBytes).array)
            {
                throw Unwrapper.nested(inner)
            }
            try take(piece)
        }
    }

    private mutating func take(_ bytes: ByteView) throws(ImportError) {
        contentBytes += bytes.count
        switch stage {
        case .head(var head):
            stage = .head([])
            unsafe head.append(contentsOf: bytes.raw)
            let isEnough = head.count >= ImportLimits.headBytes
            stage = .head(head)
            if isEnough { try decide(isWhole: false) }
        case .reading(var feed):
            guard var output else { return }
            // Moved out, so that nothing of them is copied.
            self.output = nil
            stage = .head([])
            defer {
                self.output = output
                stage = .reading(feed)
            }
            try feed.feed(bytes, into: &output)
        case .document(var document):
            stage = .document([])
            unsafe document.append(contentsOf: bytes.raw)
            stage = .document(document)
            guard document.count <= ImportLimits.maxDocumentBytes else {
                throw .refused(
                    format: "JSON document",
                    reason: "longer than \(ImportLimits.maxDocumentBytes >> 20) MiB",
                    advice: "Let the tool write line by line, or a report of less detail.",
                    place: nil)
            }
        }
    }

    /// Chooses the reader by the head. What a reader is given first does not depend on how the
    /// bytes arrived.
    private mutating func decide(isWhole: Bool) throws(ImportError) {
        guard case .head(let bytes) = stage else { return }
        let head = FileHead(Array(bytes.prefix(ImportLimits.headBytes)), isWhole: isWhole)
        let (found, wrapping) = try find(head)
        self.wrapping = wrapping
        switch found {
        case .document: stage = .document(bytes)
        case .feed(let reader, let type):
            format = type.name
            var feed = wrapping.map { PlainFeed($0, reader) } ?? reader
            var output = ImportOutput(
                source: source, tool: type.tool, format: type.name, lacks: type.lacks)
            output.wrapping = wrapping?.text
            let result = unsafe bytes.withUnsafeBytes { buffer in
                Result { () throws(ImportError) in
                    try unsafe feed.feed(ByteView(buffer), into: &output)
                }
            }
            self.output = output
            stage = .reading(feed)
            try result.get()
        }
    }

    /// As it is, else without what stands around its lines.
    private func find(
        _ head: FileHead
    ) throws(ImportError) -> (FormatDetection.Found, LineWrapping?) {
        do throws(ImportError) {
            let found = try detection.find(head)
            // jmeter.log: the times before its lines are the only ones.
            if case .feed(_, let type) = found, type == JMeterSummary.self { return (found, nil) }
            // A binary file has no lines.
            if head.bytes.contains(0) { return (found, nil) }
            var isTable = false
            if case .feed(_, let type) = found { isTable = type is any RecordFormat.Type }
            let plain = try detection.findPlain(head, isKnown: true, isTable: isTable)
            return plain.map { ($0.0, $0.1) } ?? (found, nil)
        } catch {
            guard case .unknown = error,
                let plain = try detection.findPlain(head, isKnown: false)
            else { throw error }
            return plain
        }
    }

    private mutating func readDocuments(_ bytes: [UInt8]) throws(ImportError) {
        if let wrapping { return try readDocument(try PlainLines(bytes, wrapping).bytes) }
        do throws(ImportError) {
            try readDocument(bytes)
        } catch {
            guard format == nil else { throw error }
            let head = FileHead(Array(bytes.prefix(ImportLimits.headBytes)), isWhole: true)
            // The whole text is copied: only where its beginning is JSON then.
            for wrapping in LineWrapping.all(of: head) where try wrapping.plain(head).beginsJSON {
                self.wrapping = wrapping
                do throws(ImportError) {
                    return try readDocument(try PlainLines(bytes, wrapping).bytes)
                } catch  where format == nil {
                    continue
                }
            }
            throw error
        }
    }

    private mutating func readDocument(_ bytes: [UInt8]) throws(ImportError) {
        let head = FileHead(Array(bytes.prefix(ImportLimits.headBytes)), isWhole: true)
        var documents = JSONDocuments(bytes)
        var firstDamage: ImportError?
        var reader: (any ReportReader)?
        while let next = documents.next() {
            guard let found = next.value.flatMap({ detection.reports($0) }) else {
                let unknown = detection.unknown(head, keys: next.value?.objectValue?.map(\.key))
                // A log may have lines in brackets: it is no JSON that is damaged.
                let damage = head.isJSON ? next.damage?.error : nil
                firstDamage = firstDamage ?? damage ?? unknown
                output?.lost(next.damage?.reason ?? "a report of another format", at: next.place)
                continue
            }
            if format == nil {
                format = found.type.name
                output = ImportOutput(
                    source: source, tool: found.type.tool, format: found.type.name,
                    lacks: found.type.lacks)
                output?.wrapping = wrapping?.text
                reader = found.reader
            }
            guard format == found.type.name, var output else {
                self.output?.lost("a report of another format", at: next.place)
                continue
            }
            self.output = nil
            defer { self.output = output }
            output.isPartial = next.damage != nil && reader is DocumentReader
            if let damage = next.damage { output.lost(damage.reason, at: damage.place) }
            for value in found.values {
                output.place = next.place
                try reader?.read(value, at: next.place, into: &output)
            }
        }
        guard var output else { throw firstDamage ?? detection.unknown(head) }
        self.output = nil
        defer { self.output = output }
        try reader?.finish(into: &output)
        if let reason = output.emptyHanded() { throw reason }
    }
}
