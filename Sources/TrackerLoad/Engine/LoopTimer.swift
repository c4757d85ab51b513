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

    func handleScheduledCallback(eventLoop: some EventLoop) {
        scheduled = nil
        deadline = nil
        action()
    }
}
