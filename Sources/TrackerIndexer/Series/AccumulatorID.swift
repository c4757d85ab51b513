/// The id of an accumulator in an `AccumulatorPool`. 32 bits: the fold looks one up per sample.
struct AccumulatorID: Hashable {
    private let value: Int32

    @inline(__always)
    init(_ index: Int) { value = Int32(index) }

    private init(value: Int32) { self.value = value }

    /// No accumulator, or not known.
    @inline(__always)
    static var none: AccumulatorID { AccumulatorID(value: -1) }

    @inline(__always)
    var isNone: Bool { value < 0 }

    /// - Precondition: not `none`.
    @inline(__always)
    var index: Int { Int(value) }
}

/// The id of a timeline in a `TimelineTable`. 32 bits, as above.
struct TimelineID: Hashable {
    private let value: Int32

    @inline(__always)
    init(_ index: Int) { value = Int32(index) }

    private init(value: Int32) { self.value = value }

    /// Excluded by the limit: see `TimelineTable`.
    @inline(__always)
    static var excluded: TimelineID { TimelineID(value: -1) }

    /// Not looked up yet.
    @inline(__always)
    static var unknown: TimelineID { TimelineID(value: -2) }

    /// Whether the timeline exists: known, and not excluded.
    @inline(__always)
    var isKept: Bool { value >= 0 }

    /// - Precondition: `isKept`.
    @inline(__always)
    var index: Int { Int(value) }
}
