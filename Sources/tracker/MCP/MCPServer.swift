import ArgumentParser
import Dispatch
import Synchronization
import TrackerLog

/// Reads messages on a thread of its own, and runs one tool at a time: a ping is answered while a
/// load test runs, and it can be cancelled.
final class MCPServer: Sendable {
    private struct Call {
        let id: JSONValue
        let tool: MCPTool
        let arguments: JSONValue
        let stop: StopSwitch
    }

    private struct State {
        var session: MCPSession
        /// The one that runs first.
        var calls: [Call] = []
        var isEnded = false
        var isStopped = false
    }

    private let options: MCPOptions
    private let console: Console
    private let state: Mutex<State>
    /// Answers of the reader and of the tools, a line each.
    private let output = Mutex(())
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(options: MCPOptions, version: String) {
        self.options = options
        console = Console.current
        state = Mutex(State(session: MCPSession(version: version)))
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var isStopped: Bool { state.withLock(\.isStopped) }

    /// Until the end of the input, and of the calls before it.
    func run() async {
        DispatchQueue(label: "tracker.mcp.input").async { self.read() }
        for await _ in wakes {
            while let call = next() {
                let answer = await answer(to: call)
                finish(call, answer)
            }
            if state.withLock({ $0.isEnded && $0.calls.isEmpty || $0.isStopped }) { return }
        }
    }

    /// Ends a load test that runs, and then the server. Safe on any thread.
    func stop() {
        end { $0.isStopped = true }
    }

    /// After the end of the input nobody waits for a load test.
    private func end(_ change: (inout State) -> Void) {
        let calls = state.withLock { state in
            change(&state)
            state.isEnded = true
            return state.calls
        }
        for call in calls { call.stop.stop() }
        waker.yield()
    }

    private func read() {
        var lines = MCPLines(console.input)
        while console.outcome.failure == nil {
            switch lines.line() {
            case .end:
                return end { _ in }
            case .tooLong:
                let problem = "a line has more than \(MCPLimits.maxLineBytes) bytes: it was skipped"
                send(MCPError(.invalidRequest, problem).response(id: .null))
            case .text(let line):
                // Empty lines between messages are none.
                guard line.contains(where: { !" \t\r".utf8.contains($0) }) else { continue }
                take(MCPMessage(line: line))
            }
        }
        end { _ in }
    }

    private func take(_ message: MCPMessage) {
        switch state.withLock({ $0.session.action(on: message) }) {
        case nil: return
        case .send(let answer)?: send(answer)
        case .call(let id, let tool, let arguments)?:
            let isTaken = state.withLock { state in
                guard state.calls.count < MCPLimits.maxWaiting else { return false }
                state.calls.append(
                    Call(id: id, tool: tool, arguments: arguments, stop: StopSwitch()))
                return true
            }
            guard isTaken else {
                let problem = "\(MCPLimits.maxWaiting) calls wait: read their answers first"
                return send(MCPError(.busy, problem).response(id: id))
            }
            waker.yield()
        case .cancel(let id)?:
            let stop = state.withLock { state in
                state.calls.first { $0.id == id }?.stop
            }
            stop?.stop()
        }
    }

    private func next() -> Call? {
        state.withLock { $0.isStopped ? nil : $0.calls.first }
    }

    private func finish(_ call: Call, _ answer: MCPAnswer) {
        let isWanted = state.withLock { state in
            state.calls.removeFirst()
            return !call.stop.isStopped || state.isEnded
        }
        if isWanted { send(MCPSession.response(call.id, answer.json)) }
    }

    private func send(_ message: JSONValue) {
        let line = Array((VisibleText.escapedJSON(message.text) + "\n").utf8)
        output.withLock { _ in
            guard console.outcome.failure == nil else { return }
            do { try console.write(line, .output) } catch { console.outcome.fail("\(error)") }
        }
    }

    private func answer(to call: Call) async -> MCPAnswer {
        // A tool that only reads is answered all the same after the end of the input.
        if call.stop.isStopped, call.tool == .load || !state.withLock(\.isEnded) {
            return MCPAnswer(lines: ["stopped before it began"], isError: true)
        }
        let captured = CapturedConsole()
        return await captured.capture {
            do {
                let lines = try await self.lines(call, captured)
                return MCPAnswer(lines: (lines + captured.messages).map(hinted))
            } catch {
                // A status says nothing that was not printed; what is to be noted besides, such as
                // a machine that is busy, is not what went wrong.
                let said = error is ExitCode ? [] : [hinted("\(error)")]
                let problem = said + captured.messages
                return MCPAnswer(
                    lines: problem.isEmpty ? ["\(error)"] : problem, isError: true)
            }
        }
    }

    private func lines(_ call: Call, _ captured: CapturedConsole) async throws -> [String] {
        let arguments = try MCPArguments(call.arguments, of: call.tool)
        let context = try DataOptions.parse(options.words).resolve()
        let recording = MCPRecording(
            options: options, user: context.user.value, stop: call.stop, captured: captured)
        switch call.tool {
        case .sessions: return try MCPReading(context).sessions(arguments)
        case .show: return try MCPReading(context).show(arguments)
        case .compare: return try MCPJudging(context).compare(arguments)
        case .trend: return try MCPJudging(context).trend(arguments)
        case .gate: return try MCPJudging(context).gate(arguments)
        case .note:
            let client = state.withLock { $0.session.client } ?? ""
            return try recording.note(arguments, of: client)
        case .load: return try await recording.load(arguments)
        }
    }
}
