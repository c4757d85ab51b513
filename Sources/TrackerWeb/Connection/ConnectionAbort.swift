/// An outbound event: closes the connection at once, whatever is still to be sent.
struct ConnectionAbort: Sendable {}
