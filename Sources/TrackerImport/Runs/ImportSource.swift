package import TrackerLog

/// Where a file comes from, as far as a reader may need it.
package struct ImportSource: Sendable, Hashable {
    /// What the time of a run comes from that has none in its file.
    package enum Anchor: Sendable, Hashable {
        /// Given by the person: the start of the run.
        case given(Timestamp)
        /// When the file was last written.
        case modified(Timestamp)
        /// When the bytes arrived.
        case received(Timestamp)

        package var time: Timestamp {
            switch self {
            case .given(let time), .modified(let time), .received(let time): time
            }
        }

        package var text: String {
            switch self {
            case .given: "given with --at: the file has none"
            case .modified: "when the file was written: the file has none"
            case .received: "of the import: the file has none"
            }
        }
    }

    /// What the ids of its runs begin with.
    package var runPrefix: String
    package var anchor: Anchor
    /// What was tested, where the file does not say.
    package var target: String?
    /// Whether runs are announced with their first sample, for somebody who watches.
    package var isLive: Bool

    package init(
        runPrefix: String, anchor: Anchor, target: String? = nil, isLive: Bool = false
    ) {
        self.runPrefix = runPrefix
        self.anchor = anchor
        self.target = target
        self.isLive = isLive
    }

    /// When a run began whose file has no times: the file is written when it ends.
    package func start(lastingMs: Double?) -> Timestamp {
        switch anchor {
        case .given(let time): time
        case .modified(let time), .received(let time):
            time.advanced(byMilliseconds: -(lastingMs ?? 0))
        }
    }
}
