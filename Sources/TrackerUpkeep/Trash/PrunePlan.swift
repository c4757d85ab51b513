package import TrackerLog

/// The sessions that a prune removes, and those it keeps.
package struct PrunePlan: Sendable {
    package struct Entry: Sendable {
        package var key: DataFolder.SessionKey
        package var name: String?
        package var last: Timestamp?
        package var events: Int
        package var files: Int
        package var bytes: Int
        /// Why it is kept; `nil`: it is removed.
        package var reason: String?
    }

    package var taken: [Entry] = []
    package var kept: [Entry] = []
    package var bytes: Int { taken.reduce(0) { $0 + $1.bytes } }
}
