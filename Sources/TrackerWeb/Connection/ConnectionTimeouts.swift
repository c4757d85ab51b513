import NIOCore

/// How long a connection may take over each step. Tests use shorter ones.
package struct ConnectionTimeouts: Sendable {
    package var header = WebLimits.headerDeadline
    package var body = WebLimits.bodyDeadline
    package var idle = WebLimits.idleTimeout
    package var stalledWrite = WebLimits.stalledWriteTimeout
    package var linger = WebLimits.lingerTime

    package init() {}
}
