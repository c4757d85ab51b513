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

extension Response {
    /// The same, counted as long as it is held in memory.
    /// - Returns: `nil` when there is no room for so many more bytes.
    func held(in budget: BodyBudget) -> Response? {
        guard let length = body.contentLength, length > WebLimits.responsePieceBytes else {
            return self
        }
        guard let held = HeldBytes(length, of: budget) else { return nil }
        var response = self
        response.body = ResponseBody(contentLength: length) { [body] writer in
            try await body.write(writer)
            withExtendedLifetime(held) {}
        }
        return response
    }
}
