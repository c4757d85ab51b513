import Synchronization

/// Whether everything that a command printed has reached standard output. Safe to use from any
/// thread.
final class OutputOutcome: Sendable {
    private let first = Mutex<String?>(nil)

    /// Why the first write failed that did; `nil` while none has.
    var failure: String? { first.withLock { $0 } }

    func fail(_ reason: String) { first.withLock { $0 = $0 ?? reason } }
}
