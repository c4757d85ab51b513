import TrackerLog

/// Where samples of a session go, by the numbers that a scanner gives to texts and names: an index
/// into a table for each sample.
@safe final class DestinationCache {
    /// Where samples go.
    struct Destination {
        /// Of the series, or of the overflow; `none` when it is not known.
        var accumulator: AccumulatorID
        var timeline: TimelineID
        var isFailed: Bool

        @inline(__always)
        static var unknown: Destination {
            Destination(accumulator: .none, timeline: .unknown, isFailed: false)
        }
    }

    /// Of the scanner whose numbers these are.
    private(set) var generation: UInt64 = 0
    private(set) var texts: UnsafeMutableBufferPointer<Destination>
    /// By the number of run, metric and unit.
    private(set) var timelines: UnsafeMutableBufferPointer<TimelineID>

    private static let fewest = 64

    init() {
        unsafe texts = .allocate(capacity: Self.fewest)
        unsafe texts.initialize(repeating: .unknown)
        unsafe timelines = .allocate(capacity: Self.fewest)
        unsafe timelines.initialize(repeating: .unknown)
    }

    deinit {
        unsafe texts.deallocate()
        unsafe timelines.deallocate()
    }

    /// Destinations have changed, or the scanner's numbers have.
    func forget(generation: UInt64) {
        self.generation = generation
        unsafe texts.update(repeating: .unknown)
        unsafe timelines.update(repeating: .unknown)
    }

    /// Of run, metric and unit with this number.
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
