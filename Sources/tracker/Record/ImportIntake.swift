import ArgumentParser
import Glibc
import TrackerImport
import TrackerIndexer
import TrackerLog

/// Reads the files of one `tracker import` and says what became of each.
struct ImportIntake {
    let context: DataContext
    let storage: PosixStorage
    /// The start of the test, as given.
    let given: Timestamp?
    let target: String?
    let name: String?

    /// What is read at once.
    private static let pieceBytes = 1 << 20
    /// Standard input that ends within this much and this time is imported like a file.
    private static let spoolBytes = 1 << 20
    private static let spoolMilliseconds = 2_000

    /// A file, or a folder with all that is in it.
    /// - Returns: how many files were refused.
    func path(_ path: String) throws -> Int {
        guard let kind = FileKind(path) else {
            throw CommandFailure("\(printable(path)): \(systemMessage(errno))")
        }
        guard kind.isFolder else { return try file(path, kind) }
        var (known, unknown) = (0, 0)
        for inner in try FileKind.files(below: path) {
            guard let kind = FileKind(inner) else { continue }
            do {
                if try file(inner, kind, isInFolder: true) == 0 { known += 1 }
            } catch let error as CommandFailure {
                unknown += 1
                printError("\(printable(inner)): left out: \(error)")
            }
        }
        printLine("\(path): \(known) files imported, \(unknown) left out")
        return known == 0 ? 1 : 0
    }

    private func file(_ path: String, _ kind: FileKind, isInFolder: Bool = false) throws -> Int {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure("\(printable(path)): \(systemMessage(errno))")
        }
        defer { close(descriptor) }
        var id = ContentID()
        try unsafe ImportReading.all(of: descriptor, pieceBytes: Self.pieceBytes) { bytes in
            unsafe id.add(bytes)
        }
        guard lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw CommandFailure(
                "\(printable(path)): it cannot be read twice: \(systemMessage(errno));"
                    + " give it as standard input")
        }
        if let known = try imported(id.text) {
            printLine("\(path): already imported as \(known): nothing was added")
            return 0
        }
        let anchor = given.map(ImportSource.Anchor.given) ?? .modified(kind.modified)
        let session = begin(id.text, anchor, isLive: false)
        let progress = ImportProgress(path: path, total: kind.bytes)
        do {
            try unsafe ImportReading.all(of: descriptor, pieceBytes: Self.pieceBytes) { bytes in
                try unsafe session.feed(bytes)
                progress.show(bytes.count)
            }
            try session.finish(name: baseName(path), given: name)
        } catch let error as SessionImport.Failure {
            progress.clear()
            return try report(error, path, isInFolder: isInFolder)
        }
        progress.clear()
        say(session, path)
        return 0
    }

    /// Standard input: like a file where it is short, else as it arrives.
    func standardInput() throws -> Int {
        let input = Console.current.input
        var spool: [UInt8] = []
        let deadline = ContinuousClock.now.advanced(by: .milliseconds(Self.spoolMilliseconds))
        var isWhole = false
        while !isWhole, spool.count < Self.spoolBytes, ContinuousClock.now < deadline {
            guard ImportReading.isReady(input, milliseconds: 100) else { continue }
            let piece = try ImportReading.piece(of: input, at: Self.pieceBytes)
            isWhole = piece.isEmpty
            spool += piece
        }
        var id = ContentID()
        unsafe spool.withUnsafeBytes { unsafe id.add($0) }
        if let known = try imported(id.text) {
            let what = isWhole ? "already imported" : "its first \(spool.count) bytes are imported"
            printLine("-: \(what) as \(known): nothing was added")
            return isWhole ? 0 : 1
        }
        let anchor = given.map(ImportSource.Anchor.given) ?? .received(.now)
        let session = begin(id.text, anchor, isLive: !isWhole)
        do {
            try unsafe spool.withUnsafeBytes { try unsafe session.feed($0) }
            if !isWhole {
                // ctrl-C ends the tool that writes; what it still writes is read to its end.
                let signals = StopSignals {}
                try live(session, input) { false }
                withExtendedLifetime(signals) {}
            }
            try session.finish(name: "standard input", given: name)
        } catch let error as SessionImport.Failure {
            return try report(error, "-", isInFolder: false)
        }
        say(session, "-")
        return 0
    }

    /// A file that grows, until a signal ends it.
    func follow(_ path: String) throws -> Int {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure("\(printable(path)): \(systemMessage(errno))")
        }
        defer { close(descriptor) }
        // A growing file has no bytes that name it: each time is a session of its own.
        var id = ContentID()
        let moment = "\(path) \(Timestamp.now.milliseconds) \(getpid())"
        unsafe Array(moment.utf8).withUnsafeBytes { unsafe id.add($0) }
        let anchor = given.map(ImportSource.Anchor.given) ?? .received(.now)
        let session = begin(id.text, anchor, isLive: true)
        let isStopped = StopFlag()
        let signals = StopSignals { isStopped.set() }
        defer { withExtendedLifetime(signals) {} }
        do {
            try live(session, descriptor) { !isStopped.isSet }
            try session.finish(name: baseName(path), given: name)
        } catch let error as SessionImport.Failure {
            return try report(error, path, isInFolder: false)
        }
        say(session, path)
        return 0
    }
}

extension ImportIntake {
    /// - Returns: the session that has the whole content already.
    private func imported(_ id: String) throws -> String? {
        let session = ContentID.session(id)
        let name = "\(context.user)/\(session)"
        guard try SessionArgument.find(name, context, in: storage) != nil else { return nil }
        // The name is written last: without it an import was interrupted, and begins again. Its
        // frames have the same identities, so each counts once.
        let index = try SessionIndex.current(context.user, session, in: storage)
        return index.summary(now: .now, in: storage).name == nil ? nil : name
    }

    private func begin(
        _ id: String, _ anchor: ImportSource.Anchor, isLive: Bool
    ) -> SessionImport {
        let session = SessionImport(
            id: id, user: context.user, anchor: anchor, target: target, isLive: isLive,
            storage: storage)
        if isLive, Console.current.isTerminal(.error) {
            printError(context.outcome(of: session.session))
        }
        return session
    }

    /// Reads what arrives, and writes it at the latest when nothing does.
    /// - Parameter goesOn: at the end of what is there: whether more may come.
    private func live(
        _ session: SessionImport, _ descriptor: Int32, _ goesOn: () -> Bool
    ) throws {
        while true {
            guard ImportReading.isReady(descriptor, milliseconds: 500) else {
                try session.pause()
                continue
            }
            let piece = try ImportReading.piece(of: descriptor, at: Self.pieceBytes)
            if piece.isEmpty {
                try session.pause()
                guard goesOn() else { return }
                // A file says always that it is ready: look again a little later.
                usleep(Self.followMicroseconds)
                continue
            }
            try unsafe piece.withUnsafeBytes { try unsafe session.feed($0) }
        }
    }

    private func report(
        _ failure: SessionImport.Failure, _ path: String, isInFolder: Bool
    ) throws -> Int {
        switch failure {
        case .log(let error): throw error
        case .file(let error):
            if isInFolder { throw CommandFailure(printable(error.brief)) }
            printError("error: \(printable("\(path): \(error)"))")
            return 1
        }
    }

    private func say(_ session: SessionImport, _ path: String) {
        let name = "\(context.user)/\(session.session)"
        printLine("\(path): \(session.format ?? "nothing") imported as \(name)")
        for run in session.runs.prefix(Self.listedRuns) {
            let samples = NumberFormat.plain.count(run.samples)
            let target = run.target.map { " of \($0)" } ?? ""
            printLine(
                "  run \(run.id)\(target): \(samples) samples, \(run.reported) reported numbers")
        }
        if session.runs.count > Self.listedRuns {
            printLine("  and \(session.runs.count - Self.listedRuns) more runs")
        }
        for (name, title) in Self.facts {
            guard let text = session.runs.first?.report[name] else { continue }
            printLine("  \(title): \(text)")
        }
        for loss in session.losses.listed {
            printError("\(printable(path)): \(loss.place): lost: \(printable(loss.reason))")
        }
        let more = session.losses.count - session.losses.listed.count
        if more > 0 { printError("\(printable(path)): and \(more) more places were lost") }
    }

    private static let facts = [
        ("import_measured", "measured"), ("import_reported", "only reported"),
        ("import_lacks", "not in such files"), ("import_left_out", "left out"),
        ("import_time", "times"), ("latency", "coordinated omission"),
    ]
    private static let listedRuns = 20
    private static let followMicroseconds: UInt32 = 300_000
}

private func baseName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
}
