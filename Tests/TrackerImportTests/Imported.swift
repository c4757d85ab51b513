import TrackerImport
import TrackerLog

/// What became of a file: the events as lines of the log, and what is said of it.
struct Imported {
    var format: String?
    var events: [Event] = []
    var runs: [FinishedImport] = []
    var losses = LossList()
    var error: ImportError?

    /// 2026-11-23T14:00:00Z: the time of runs whose file has none.
    static let anchor = Timestamp(clamping: 1_795_442_400_000)

    /// - Parameter pieces: how many bytes are given at a time, again and again.
    init(_ bytes: [UInt8], pieces: [Int] = [.max], formats: [AnyFormat] = ImportFormats.all) {
        let source = ImportSource(runPrefix: "t", anchor: .modified(Self.anchor))
        var file = FileImport(source: source, formats: formats)
        do throws(ImportError) {
            var (rest, turn) = (bytes[...], 0)
            while !rest.isEmpty {
                let size = min(max(1, pieces[turn % pieces.count]), rest.count)
                try file.feed(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
                turn += 1
                events += file.takeEvents()
            }
            try file.finish()
        } catch {
            self.error = error
        }
        events += file.takeEvents()
        format = file.format
        runs = file.runs
        losses = file.losses
    }

    init(_ text: String) { self.init(Array(text.utf8)) }

    /// Each event as its line of the log.
    var lines: [String] {
        events.map { event in
            var bytes: [UInt8] = []
            guard EventEncoder.append(event, to: &bytes) else { return "not an event: \(event)" }
            return String(decoding: bytes.dropLast(), as: UTF8.self)
        }
    }

    var started: [RunStarted] {
        events.compactMap { if case .runStarted(let run) = $0 { run } else { nil } }
    }

    var finished: [RunFinished] {
        events.compactMap { if case .runFinished(let run) = $0 { run } else { nil } }
    }

    var samples: [Sample] {
        events.compactMap { if case .sample(let sample) = $0 { sample } else { nil } }
    }

    var distributions: [Distribution] {
        events.compactMap { if case .distribution(let value) = $0 { value } else { nil } }
    }

    /// A number that the tool reports of the run.
    func reported(_ name: String, run: Int = 0) -> Double? {
        finished.indices.contains(run) ? finished[run].summary[name]?.doubleValue : nil
    }

    /// A parameter of the run, also one of the loss report.
    func param(_ name: String, run: Int = 0) -> String? {
        started.indices.contains(run) ? started[run].params[name]?.stringValue : nil
    }
}
