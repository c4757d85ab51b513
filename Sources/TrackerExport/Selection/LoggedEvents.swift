import TrackerIndexer
package import TrackerLog

/// Receives the bytes of an export, piece by piece.
package typealias ExportSink = ([UInt8]) throws(StorageError) -> Void

/// Events of sessions as they are in the log, each once.
package struct LoggedEvents {
    private let storage: any Storage
    private let now: Timestamp
    /// What of the log could not be read.
    package private(set) var findings = Findings()

    package struct Findings: Sendable {
        package var badLines = 0
        package var regions: [BadRegion] = []
        package var problems: [StorageError] = []
    }

    package init(storage: any Storage, now: Timestamp) {
        self.storage = storage
        self.now = now
    }

    /// - Parameter body: receives each line, without its end, and what it means.
    mutating func visit(
        _ session: ExportedSession,
        _ body: (_ line: ArraySlice<UInt8>, _ event: Event) throws(StorageError) -> Void
    ) throws(StorageError) {
        var failure: StorageError?
        var found = Findings()
        found.problems = try SessionReader(storage: storage, now: now).read(session.key) {
            _, frame, section in
            guard failure == nil else { return }
            let lines = frame.lines(of: section).split(separator: 0x0A)
            for line in lines {
                let event: Event
                do throws(LineError) {
                    event = try unsafe line.withUnsafeBytes { bytes in
                        Result { () throws(LineError) in try unsafe EventParser.parse(bytes) }
                    }.get()
                } catch {
                    if error != .empty { found.badLines += 1 }
                    continue
                }
                guard session.contains(event) else { continue }
                do throws(StorageError) { try body(line, event) } catch {
                    failure = error
                    return
                }
            }
        } damaged: {
            found.regions.append($0)
        }
        findings.badLines += found.badLines
        findings.regions += found.regions
        findings.problems += found.problems
        if let failure { throw failure }
    }
}

/// Collects small pieces, so that each call of the sink has much to do.
struct PieceBuffer {
    private var bytes: [UInt8] = []

    mutating func add(
        _ body: (inout [UInt8]) -> Void, _ sink: ExportSink
    ) throws(StorageError) {
        body(&bytes)
        if bytes.count >= ExportLimits.pieceBytes { try flush(sink) }
    }

    mutating func flush(_ sink: ExportSink) throws(StorageError) {
        guard !bytes.isEmpty else { return }
        try sink(bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
