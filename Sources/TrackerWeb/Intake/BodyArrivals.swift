import Synchronization
package import TrackerLog

/// When recent bodies without a time arrived first. A retry must be given the same time again: then
/// its frame is the same as that of the first attempt, and both count once.
package final class BodyArrivals: Sendable {
    private let arrivals: Mutex<RecentValues<Timestamp>>

    package init(capacity: Int) { arrivals = Mutex(RecentValues(capacity: capacity)) }

    /// - Parameters:
    ///   - digest: of the body.
    ///   - arrived: gives the time of a body that is not known yet; called without a lock.
    package func arrival(of digest: String, orElse arrived: () -> Timestamp) -> Timestamp {
        if let known = arrivals.withLock({ $0[digest] }) { return known }
        let arrived = arrived()
        return arrivals.withLock { arrivals in
            arrivals.insert(arrived, for: digest)
            return arrivals[digest] ?? arrived
        }
    }
}
