import TrackerLog

/// All events of a session, frame by frame in the order they were written.
func recordedEvents(
    _ storage: any Storage, _ user: UserID, _ session: SessionID
) throws -> [Event] {
    let folder = DataLayout.sessionFolder(user, session)
    var events: [Event] = []
    var failure: LineError?
    let names = try storage.list(folder).compactMap { SegmentName(fileName: $0.name) }.sorted()
    for name in names {
        let file = try storage.openForReading(folder.appending(name.fileName))
        let size = try file.status().size
        _ = try SegmentReader().read(file, name: name, session: session, from: 0, size: size) {
            for section in $0.sections {
                let lines = unsafe Array($0.bytes[section.body])
                for line in lines.split(separator: UInt8(ascii: "\n")) {
                    do throws(LineError) {
                        events.append(try EventParser.parse(Array(line)))
                    } catch {
                        failure = error
                    }
                }
            }
        }
    }
    if let failure { throw failure }
    return events
}

extension [Event] {
    var samples: [Sample] {
        compactMap { if case .sample(let sample) = $0 { sample } else { nil } }
    }
    var starts: [RunStarted] {
        compactMap { if case .runStarted(let start) = $0 { start } else { nil } }
    }
    var ends: [RunFinished] {
        compactMap { if case .runFinished(let end) = $0 { end } else { nil } }
    }
    var edits: [Edit] {
        compactMap { if case .edit(let edit) = $0 { edit } else { nil } }
    }
    var sessions: [SessionEvent] {
        compactMap { if case .session(let session) = $0 { session } else { nil } }
    }
}
