import Hummingbird
import HummingbirdCore
import NIOCore
import ServiceLifecycle
import Synchronization
import TrackerIndexer
import TrackerLog

/// Counts the open event streams.
final class StreamSlots: Sendable {
    private let open = Mutex(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// - Returns: `nil` when all slots are in use.
    func take() -> Slot? {
        let isFree = open.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        return isFree ? Slot(streams: self) : nil
    }

    /// The slot of one stream, released with its last reference, however the request ended.
    final class Slot: Sendable {
        private let streams: StreamSlots
        fileprivate init(streams: StreamSlots) { self.streams = streams }
        deinit { streams.open.withLock { $0 -= 1 } }
    }
}

/// `GET /api/live`: sends `{"version":N}` after every change of the index:
///
/// ```text
/// retry: 1000
///
/// id: 7
/// data: {"version":7}
///
/// event: beat
/// data: {"indexed_at_ms":1794924131000}
/// ```
///
/// A beat says when the index looked at the log last, so that an open page knows how current it is.
///
/// Only the newest version is buffered; a slow reader misses the versions in between. The stream
/// ends when the client disconnects, when the server stops, or when the client reads nothing for
/// `WebLimits.stalledWriteTimeout`.
struct LiveStream: Sendable {
    let history: any IndexReader
    let heartbeat: Duration
    static let contentType = "text/event-stream; charset=utf-8"

    func response(to request: Request, slot: StreamSlots.Slot) -> Response {
        let headers: HTTPFields = [.contentType: Self.contentType]
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                let events = self.events()
                try await request.body.consumeWithInboundCloseHandler { _ in
                    try await withGracefulShutdownHandler {
                        try await self.write(events.stream, to: &writer)
                    } onGracefulShutdown: {
                        events.finish()
                    }
                } onInboundClosed: {
                    events.finish()
                }
                events.finish()
                withExtendedLifetime(slot) {}
                try await writer.finish(nil)
            })
    }

    @concurrent
    private func write(
        _ events: AsyncStream<Event>, to writer: inout any ResponseBodyWriter
    ) async throws {
        // The subscription is older than this read of the version: no change can be missed.
        try await writer.write(ByteBuffer(string: "retry: \(WebLimits.liveRetryMs)\n\n"))
        var last = history.catalog().version
        try await writer.write(Self.message(last))
        for await event in events {
            // Events carry no data: the next one makes up for a dropped one.
            let version = history.catalog().version
            if version != last {
                last = version
                try await writer.write(Self.message(version))
            } else if event == .heartbeat {
                let looked = Int(history.catalog().freshness.indexedAt.milliseconds)
                try await writer.write(
                    ByteBuffer(string: "event: beat\ndata: {\"indexed_at_ms\":\(looked)}\n\n"))
            }
        }
    }

    private static func message(_ version: Int) -> ByteBuffer {
        ByteBuffer(string: "id: \(version)\ndata: {\"version\":\(version)}\n\n")
    }

    private enum Event: Sendable {
        case changed
        case heartbeat
    }

    /// Changes and heartbeats as one stream that can be finished from any task.
    private struct Events: Sendable {
        let stream: AsyncStream<Event>
        private let continuation: AsyncStream<Event>.Continuation
        private let sources: [Task<Void, Never>]

        init(
            stream: AsyncStream<Event>, continuation: AsyncStream<Event>.Continuation,
            sources: [Task<Void, Never>]
        ) {
            self.stream = stream
            self.continuation = continuation
            self.sources = sources
        }

        func finish() {
            for source in sources { source.cancel() }
            continuation.finish()
        }
    }

    private func events() -> Events {
        let (stream, continuation) = AsyncStream<Event>.makeStream(
            bufferingPolicy: .bufferingNewest(2))
        let changes = history.changes()
        let heartbeat = heartbeat
        let versions = Task {
            for await _ in changes { continuation.yield(.changed) }
        }
        let beats = Task {
            do {
                while true {
                    try await Task.sleep(for: heartbeat)
                    continuation.yield(.heartbeat)
                }
            } catch {
                // Cancelled: the stream has ended.
            }
        }
        return Events(stream: stream, continuation: continuation, sources: [versions, beats])
    }
}
