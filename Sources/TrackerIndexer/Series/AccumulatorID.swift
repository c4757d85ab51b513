/// Which accumulator of an `AccumulatorPool`. One word: the fold looks one up for each sample.
struct AccumulatorID: Hashable {
    private let value: Int32

    @inline(__always)
    init(_ index: Int) { value = Int32(index) }

    private init(value: Int32) { self.value = value }

    /// There is none, or it is not known.
    @inline(__always)
    static var none: AccumulatorID { AccumulatorID(value: -1) }

    @inline(__always)
    var isNone: Bool { value < 0 }

    /// - Precondition: not `none`.
    @inline(__always)
    var index: Int { Int(value) }
}

/// Which timeline of a `TimelineTable`. One word, as above.
struct TimelineID: Hashable {
    private let value: Int32

    @inline(__always)
    init(_ index: Int) { value = Int32(index) }

    private init(value: Int32) { self.value = value }

    /// It is left out: see `TimelineTable`.
    @inline(__always)
    static var leftOut: TimelineID { TimelineID(value: -1) }

    /// Not looked up yet.
    @inline(__always)
    static var unknown: TimelineID { TimelineID(value: -2) }

    /// Whether there is one: it is known, and not left out.
    @inline(__always)
    var isKept: Bool { value >= 0 }

    /// - Precondition: `isKept`.
    @inline(__always)
    var index: Int { Int(value) }
}
