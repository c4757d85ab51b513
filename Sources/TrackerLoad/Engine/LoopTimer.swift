import NIOCore

/// A timer of one event loop that can be set repeatedly without a new allocation.
///
/// Confined to its loop. Setting it replaces the earlier deadline.
final class LoopTimer: NIOScheduledCallbackHandler {
    private let eventLoop: any EventLoop
    private let action: () -> Void
    private var scheduled: NIOScheduledCallback?
    /// `nil` when it is not set.
    private(set) var deadline: NIODeadline?

    init(eventLoop: any EventLoop, action: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.action = action
    }

    /// Sets the timer. It never fires on a loop that was shut down.
    func set(_ deadline: NIODeadline) {
        guard deadline != self.deadline else { return }
        cancel()
        do {
            scheduled = try eventLoop.assumeIsolated().scheduleCallback(at: deadline, handler: self)
            self.deadline = deadline
        } catch {
            self.deadline = nil
        }
    }

    func cancel() {
        scheduled?.cancel()
        scheduled = nil
        deadline = nil
    }

    /// The loop calls what was due together with others even if one of those has cancelled it, or
    /// has set it to a later time: that call is none of this timer's.
    func handleScheduledCallback(eventLoop: some EventLoop) {
        guard let deadline, deadline <= .now() else { return }
        scheduled = nil
        self.deadline = nil
        action()
    }
}
