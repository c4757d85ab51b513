import NIOCore

/// Timeouts for each phase of a connection. Tests use shorter ones.
package struct ConnectionTimeouts: Sendable {
    package var header = WebLimits.headerDeadline
    package var body = WebLimits.bodyDeadline
    package var idle = WebLimits.idleTimeout
    package var stalledWrite = WebLimits.stalledWriteTimeout
    package var linger = WebLimits.lingerTime

    package init() {}
}
