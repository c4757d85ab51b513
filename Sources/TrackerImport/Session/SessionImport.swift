package import TrackerLog

/// Imports one file into a session of its own: bytes in, frames of the log out.
package final class SessionImport {
    package let session: SessionID
    private let writer: SessionWriter
    private var file: FileImport
    private var batches = EventBatches()
    private var seq = 0
    private let frameWriter: String
    private let isLive: Bool
    /// Events written.
    package private(set) var events = 0

    /// - Parameters:
    ///   - id: of `ContentID`: the name of session, runs and frames.
    ///   - isLive: whether somebody watches: the run is announced with its first sample.
    package init(
        id: String, user: UserID, anchor: ImportSource.Anchor, target: String?, isLive: Bool,
        storage: any Storage
    ) {
        session = ContentID.session(id)
        frameWriter = "import-\(id)"
        self.isLive = isLive
        writer = SessionWriter(
            storage: storage, user: user, session: session,
            configuration: WriterConfiguration(durability: .written))
        file = FileImport(
            source: ImportSource(
                runPrefix: "i\(id.prefix(8))", anchor: anchor, target: target, isLive: isLive),
            formats: ImportFormats.all)
    }

    package var format: String? { file.format }
    package var runs: [FinishedImport] { file.runs }
    package var losses: LossList { file.losses }
    package var contentBytes: Int { file.contentBytes }

    /// What can go wrong: the file, or the log.
    package enum Failure: Error {
        case file(ImportError)
        case log(LogError)
    }

    package func feed(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        do throws(ImportError) {
            try unsafe file.feed(ByteView(bytes))
        } catch {
            throw .file(error)
        }
        try write(file.takeEvents())
    }

    /// The source pauses: what has come is written, so that it shows.
    package func pause() throws(Failure) {
        do throws(ImportError) {
            try file.decideNow()
        } catch {
            throw .file(error)
        }
        try write(file.takeEvents())
        guard isLive else { return }
        do throws(LogError) { try batches.flush(append) } catch { throw .log(error) }
    }

    /// After the last byte.
    /// - Parameters:
    ///   - name: of the session, unless the file has one. It is written last: a session with a name
    ///     is whole.
    ///   - given: a name that counts in any case.
    package func finish(name: String, given: String? = nil) throws(Failure) {
        do throws(ImportError) {
            try file.finish()
        } catch {
            throw .file(error)
        }
        try write(file.takeEvents())
        do throws(LogError) {
            try batches.flush(append)
            let names = file.takeNames()
            if !names.isEmpty { try append(names) }
            if let last = given ?? (names.isEmpty ? name : nil) {
                let time = names.map(\.timestamp).reduce(file.latest, max)
                let event = SessionEvent(timestamp: runs.isEmpty ? .epoch : time, name: last)
                try append([.session(event)])
            }
            try writer.close()
        } catch {
            throw .log(error)
        }
    }

    private func write(_ new: [Event]) throws(Failure) {
        guard !new.isEmpty else { return }
        do throws(LogError) { try batches.add(new, append) } catch { throw .log(error) }
    }

    private func append(_ batch: [Event]) throws(LogError) {
        try writer.appendBatch(batch, identity: FrameIdentity(writer: frameWriter, seq: seq))
        seq += 1
        events += batch.count
    }
}
