// A small service of which each request is recorded: by route, method and status.

import Hummingbird
import TrackerClient
import TrackerHummingbird
import TrackerLog

@main struct Service {
    static func main() async throws {
        // Requests do not wait for the disk: what a full disk cannot take is counted.
        let recording = try Recording.open(
            name: "a small service", configuration: .init(policy: .dropAndCount))
        let router = Router()
        router.add(middleware: TrackerMiddleware(recording))
        router.get("/squares/{number}") { _, context -> String in
            let number = try context.parameters.require("number", as: Int.self)
            let (square, isTooLarge) = number.multipliedReportingOverflow(by: number)
            guard !isTooLarge else { throw HTTPError(.badRequest) }
            return "\(square)\n"
        }
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
        let service = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
        // It returns after SIGTERM or Ctrl-C.
        try await service.runService()
        try recording.close()
        print("dropped \(recording.statistics.dropped)")
    }
}
