import TrackerLog

/// A page of `tracker report`: the events that are embedded in it.
struct ReportPage: LineFormat {
    static let name = "Local Tracker report"
    static let tool = "tracker"
    static let lacks: [String] = []

    static func recognises(_ head: FileHead) -> Bool {
        head.hasLine(beginning: "\(ReportMarks.generator)")
    }

    private var isWithin = false
    private var isThere = false
    private var packed: [UInt8] = []
    private var lines = OwnLines()

    init() {}

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.bytes.trimmed
        guard isWithin else {
            if text.equals(ReportMarks.opening) { (isWithin, isThere) = (true, true) }
            return
        }
        guard !text.equals(ReportMarks.closing) else {
            isWithin = false
            return try readEvents(at: line.place, &output)
        }
        packed += text.array
        guard packed.count <= ImportLimits.maxDocumentBytes else {
            throw .refused(
                format: Self.name,
                reason: "its events are longer than \(ImportLimits.maxDocumentBytes >> 20) MiB",
                advice: "Export the session as ndjson instead.", place: line.place)
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        guard isThere else {
            throw .refused(
                format: Self.name, reason: "the page has no events in it",
                advice: "Write it again, or export the session as ndjson.", place: nil)
        }
        guard !isWithin else {
            throw .refused(
                format: Self.name, reason: "the page ends within its events",
                advice: "It is cut: copy the file again.", place: nil)
        }
        output.endEvents(announcing: false)
    }

    private mutating func readEvents(
        at place: ImportPlace, _ output: inout ImportOutput
    ) throws(ImportError) {
        let damaged = ImportError.refused(
            format: Self.name, reason: "its events cannot be decompressed",
            advice: "The page was changed or damaged: copy the file again.", place: place)
        guard let bytes = HdrBytes.base64(packed) else { throw damaged }
        packed = []
        let inflater = try ZstdInflater()
        var splitter = LineSplitter()
        let result = unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(ImportError) in unsafe inflater.give(ByteView(buffer)) }
        }
        try result.get()
        reading: while true {
            switch inflater.next() {
            case .needsInput: break reading
            case .damaged: throw damaged
            case .piece:
                try inflater.withPiece { piece throws(ImportError) in
                    try splitter.feed(piece) { line throws(ImportError) in
                        try lines.read(line, into: &output)
                    } tooLong: {
                        output.lost(LineReasons.tooLong, at: $0)
                    }
                }
            }
        }
        guard inflater.isWhole else { throw damaged }
        try splitter.finish { line throws(ImportError) in
            try lines.read(line, into: &output)
        } tooLong: {
            output.lost(LineReasons.tooLong, at: $0)
        }
    }
}
