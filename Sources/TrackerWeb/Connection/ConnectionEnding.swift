/// An inbound event: the last answer of the connection is written, and nothing that came behind its
/// request is answered.
struct ConnectionEnding: Sendable {}
