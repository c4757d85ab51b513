import TrackerLog

/// NDJSON: the lines of the log as they are, without the headers of frames.
struct EventLines {
    private let selection: ExportSelection

    init(_ selection: ExportSelection) throws(ExportError) {
        try selection.checkRuns()
        self.selection = selection
    }

    func write(of events: inout LoggedEvents, to sink: ExportSink) throws(StorageError) {
        var buffer = PieceBuffer()
        for session in selection.sessions {
            try events.visit(session) { line, _ throws(StorageError) in
                try buffer.add({ $0 += line + [0x0A] }, sink)
            }
        }
        try buffer.flush(sink)
    }
}
