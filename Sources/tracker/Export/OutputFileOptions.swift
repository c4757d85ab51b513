import ArgumentParser

/// Where an export or a report goes.
struct OutputFileOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "The file, written atomically; - is standard output.", valueName: "file"))
    var output = OutputFile.standardOutput

    @Flag(help: "Replace the file if it exists.")
    var force = false

    var isTerminal: Bool {
        output == OutputFile.standardOutput && Console.current.isTerminal(.output)
    }

    func checkFree() throws { try OutputFile.checkFree(output, force: force) }
}
