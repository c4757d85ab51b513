import TrackerLog

/// Where the samples of a session go, indexed by the numbers that the scanner assigns to line texts
/// and names: one table lookup per sample.
@safe final class DestinationCache {
    /// The accumulators that a sample is added to.
    struct Destination {
        /// Of the series or of the overflow; `none` when not known.
        var accumulator: AccumulatorID
        var timeline: TimelineID
        var isFailed: Bool

        @inline(__always)
        static var unknown: Destination {
            Destination(accumulator: .none, timeline: .unknown, isFailed: false)
        }
    }

    /// The scanner generation that the numbers belong to.
    private(set) var generation: UInt64 = 0
    private(set) var texts: UnsafeMutableBufferPointer<Destination>
    /// By the scanner's number for run, metric and unit.
    private(set) var timelines: UnsafeMutableBufferPointer<TimelineID>

    private static let minCapacity = 64

    init() {
        unsafe texts = .allocate(capacity: Self.minCapacity)
        unsafe texts.initialize(repeating: .unknown)
        unsafe timelines = .allocate(capacity: Self.minCapacity)
        unsafe timelines.initialize(repeating: .unknown)
    }

    deinit {
        unsafe texts.deallocate()
        unsafe timelines.deallocate()
    }

    /// Clears the cache: accumulator ids or the scanner's numbers have changed.
    func forget(generation: UInt64) {
        self.generation = generation
        unsafe texts.update(repeating: .unknown)
        unsafe timelines.update(repeating: .unknown)
    }

    /// The timeline for the run, metric and unit with this number.
    func timeline(names: Int32) -> TimelineID {
        guard names >= 0, unsafe Int(names) < timelines.count else { return .unknown }
        return unsafe timelines[Int(names)]
    }

    func learn(text: Int32, _ destination: Destination) {
        guard text >= 0 else { return }
        if unsafe Int(text) >= texts.count {
            unsafe texts = unsafe Self.grown(texts, toInclude: Int(text), .unknown)
        }
        unsafe texts[Int(text)] = destination
    }

    func learn(names: Int32, timeline: TimelineID) {
        guard names >= 0 else { return }
        if unsafe Int(names) >= timelines.count {
            unsafe timelines = unsafe Self.grown(
                timelines, toInclude: Int(names), .unknown)
        }
        unsafe timelines[Int(names)] = timeline
    }

    private static func grown<Element>(
        _ old: UnsafeMutableBufferPointer<Element>, toInclude index: Int, _ filler: Element
    ) -> UnsafeMutableBufferPointer<Element> {
        let larger = UnsafeMutableBufferPointer<Element>.allocate(
            capacity: max(2 * old.count, index + 1))
        unsafe larger.initialize(repeating: filler)
        for at in 0..<old.count { unsafe larger[at] = old[at] }
        unsafe old.deallocate()
        return unsafe larger
    }
}
