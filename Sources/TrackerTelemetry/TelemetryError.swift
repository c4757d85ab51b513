import TrackerLog

/// Why a port for metrics could not be opened.
package enum TelemetryError: Error, Sendable, Hashable, CustomStringConvertible {
    case listen(address: String, code: Int32)

    package var description: String {
        switch self {
        case .listen(let address, let code):
            "cannot listen for StatsD on \(address) (UDP): \(systemMessage(code)). Choose another"
                + " port with --statsd."
        }
    }
}
