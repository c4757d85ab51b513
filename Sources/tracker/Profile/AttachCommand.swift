import ArgumentParser
import TrackerClient
import TrackerLog
import TrackerProfile

/// `tracker attach FILE USER/SESSION[#RUN]`.
struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Attach a profile to a session or a run.",
        discussion: """
            Its page shows it as a flame graph, alone or against another one. The file is copied \
            into the data folder. `tracker undo` takes it back.

            Known by content: folded stacks, pprof, speedscope JSON, Firefox profiler JSON and the \
            text of `perf script`; also in gzip or zstd.

            EXAMPLES
              tracker attach cpu.pprof ann/nightly#run-2
              perf script | tracker attach - ann/nightly --as "with the cache"
            """)

    @OptionGroup var options: EditOptions

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "What it is of (default: the file's name).", valueName: "text"))
    var title: String?

    @Argument(help: "The profile; - reads standard input.")
    var file: String

    @Argument(
        help: ArgumentHelp("USER/SESSION or USER/SESSION#RUN.", valueName: "user/session#run"))
    var name: String

    func validate() throws {
        if let title { try EditOptions.check(title, "--as", upTo: EditLimits.maxTextBytes) }
    }

    func run() throws {
        try withFailures {
            let context = try options.data.resolve()
            let session = try EditedSession(name, context)
            let bytes = try ProfileFile.read(file)
            let profile: KnownProfile
            do throws(ProfileError) {
                profile = try ProfileFormats.read(bytes)
            } catch {
                throw CommandFailure("\(printable(file)): \(printable("\(error)"))")
            }
            let hash = try ProfileStore(in: try context.openForWriting()).put(bytes)
            for note in profile.notes { printError("note: \(printable(note))") }
            try session.write(
                .profile, title ?? ProfileFile.title(of: file, profile.format),
                profile: hash.text, options: options,
                done: { _ in
                    "attached to \(session.fullName): \(profile.format),"
                        + " \(NumberFormat.grouped.count(profile.tree.nodes.count - 1)) frame"
                        + (profile.tree.nodes.count == 2 ? "" : "s")
                })
        }
    }
}

/// A profile as an argument names it.
enum ProfileFile {
    static func read(_ name: String) throws -> [UInt8] {
        let limit = ProfileLimits.maxBytes
        guard name == "-" else { return try SmallFile.read(name, maxBytes: limit) }
        var bytes: [UInt8] = []
        unsafe try ImportReading.all(of: Console.current.input, pieceBytes: pieceBytes) { piece in
            unsafe bytes.append(contentsOf: piece)
            guard bytes.count <= limit else { throw ProfileError.tooLarge(limit: limit) }
        }
        return bytes
    }

    private static let pieceBytes = 256 << 10

    /// The last part of the file's name.
    static func title(of name: String, _ format: String) -> String {
        name == "-" ? format : name.split(separator: "/").last.map(String.init) ?? name
    }
}
