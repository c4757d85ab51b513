import Synchronization
import TrackerLog

/// What a command prints, kept instead of printed: standard output of a server belongs to its
/// protocol alone.
final class CapturedConsole: Sendable {
    private struct Streams {
        var output: [UInt8] = []
        var error: [UInt8] = []
    }

    private let streams = Mutex(Streams())

    /// Runs a command with this in place of the terminal.
    func capture<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        var console = Console()
        console.isTerminal = { _ in false }
        console.width = { nil }
        console.write = { [self] bytes, stream in keep(bytes, stream) }
        return try await Console.$current.withValue(console, operation: body)
    }

    private func keep(_ bytes: [UInt8], _ stream: Console.Stream) {
        streams.withLock { streams in
            let room = MCPLimits.maxCapturedBytes - streams.output.count - streams.error.count
            let kept = bytes.prefix(max(room, 0))
            switch stream {
            case .output: streams.output += kept
            case .error: streams.error += kept
            }
        }
    }

    var output: [UInt8] { streams.withLock(\.output) }

    /// What was printed to standard error, by lines.
    var messages: [String] {
        let text = String(decoding: streams.withLock(\.error), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).map(String.init)
    }
}
