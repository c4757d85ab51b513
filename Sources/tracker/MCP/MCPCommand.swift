import ArgumentParser
import TrackerLoad
import TrackerLog

/// `tracker mcp`: the notebook for agents, over standard input and output.
struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Serve the notebook to an agent: Model Context Protocol over standard input.",
        discussion: """
            An agent starts it and asks by JSON-RPC, one message a line. Tools: list_sessions, \
            show_session, compare, trend, gate, log_note and run_load (this machine only, at most \
            60 s and 1,000 requests a second). Answers are short, say n, interval and verdict, and \
            say so when they are inconclusive. The end of standard input ends it.

            EXAMPLES
              tracker mcp
              tracker mcp --data ~/perf --user ann
            """)

    @OptionGroup var data: DataOptions

    func run() async throws {
        // A wrong option is told at once, not at the first call.
        _ = try data.resolve()
        let server = MCPServer(
            options: MCPOptions(data: data.data, user: data.user), version: LoadVersion.text)
        let signals = StopSignals { server.stop() }
        defer { withExtendedLifetime(signals) {} }
        await server.run()
        if server.isStopped { throw ExitCode(StopSignals.exitStatus) }
    }
}
