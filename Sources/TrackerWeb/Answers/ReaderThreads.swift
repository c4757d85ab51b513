import Dispatch
import Hummingbird
import NIOCore
import Synchronization

/// Makes pages and answers on a few threads of its own.
///
/// Some take a second: the JSON of a session with thousands of runs. On the threads that everything
/// else shares, as many of them as there are cores would stop the server.
struct ReaderThreads: Sendable {
    private let threads: [ReaderThread]
    private let busy: Busy

    private final class Busy: Sendable {
        let requests: Mutex<[Int]>

        init(threads: Int) { requests = Mutex(Array(repeating: 0, count: threads)) }
    }

    init() {
        let count = min(max(1, System.coreCount - 1), WebLimits.maxReaderThreads)
        threads = (0..<count).map { ReaderThread(number: $0) }
        busy = Busy(threads: count)
    }

    /// The answer of a route that only reads, on the thread with the fewest requests.
    /// - Returns: `nil` when too many wait.
    func answer(to request: RouteRequest, by route: Route) async throws -> Response? {
        let chosen = busy.requests.withLock { requests -> Int? in
            guard requests.reduce(0, +) < WebLimits.maxWaitingReaders else { return nil }
            let fewest = requests.indices.min { requests[$0] < requests[$1] } ?? 0
            requests[fewest] += 1
            return fewest
        }
        guard let chosen else { return nil }
        defer { busy.requests.withLock { $0[chosen] -= 1 } }
        return try await threads[chosen].answer(to: request, by: route)
    }
}

/// One of these threads: what runs on it takes turns.
private actor ReaderThread {
    private let executor: QueueExecutor

    init(number: Int) { executor = QueueExecutor(label: "tracker.reader.\(number)") }

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    func answer(to request: RouteRequest, by route: Route) async throws -> Response {
        try await route.handle(request)
    }
}

/// Runs the jobs of an actor on a queue.
private final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }
}
