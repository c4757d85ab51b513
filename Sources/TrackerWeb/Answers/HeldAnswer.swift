import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// The bytes of a long answer, counted until it is sent or its connection is gone.
private final class HeldBytes: Sendable {
    private let budget: BodyBudget
    private let bytes: Int

    /// - Returns: `nil` when there is no room.
    init?(_ bytes: Int, of budget: BodyBudget) {
        guard budget.take(bytes) else { return nil }
        self.budget = budget
        self.bytes = bytes
    }

    deinit { budget.give(bytes) }
}

/// Writes a piece when the connection has taken the one before: without it, all pieces are accepted
/// before the event loop can tell that the client does not read.
private struct PacedWriter: ResponseBodyWriter {
    private var base: any ResponseBodyWriter
    private let eventLoop: any EventLoop

    init(_ base: any ResponseBodyWriter, on eventLoop: any EventLoop) {
        self.base = base
        self.eventLoop = eventLoop
    }

    @concurrent
    mutating func write(_ buffer: ByteBuffer) async throws {
        try await base.write(buffer)
        // What was accepted is written by then, so that the next piece finds whether there is room.
        try await eventLoop.submit {}.get()
    }

    @concurrent
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await base.finish(trailingHeaders)
    }
}

extension Response {
    /// The same, counted as long as it is held in memory.
    /// - Parameter eventLoop: of the connection.
    /// - Returns: `nil` when there is no room for so many more bytes.
    func held(in budget: BodyBudget, on eventLoop: any EventLoop) -> Response? {
        guard let length = body.contentLength, length > WebLimits.responsePieceBytes else {
            return self
        }
        guard let held = HeldBytes(length, of: budget) else { return nil }
        var response = self
        response.body = ResponseBody(contentLength: length) { [body] writer in
            try await body.write(PacedWriter(writer, on: eventLoop))
            withExtendedLifetime(held) {}
        }
        return response
    }
}
