/// A piece of a frame's content: where it begins and how long it is, in bytes.
public struct ByteSpan: Sendable, Hashable {
    public var offset: UInt32
    public var count: UInt32

    init(offset: UInt32 = 0, count: UInt32 = 0) {
        self.offset = offset
        self.count = count
    }

    public var range: Range<Int> { Int(offset)..<Int(offset) + Int(count) }
}

/// One scanned line: a sample with its texts left where they stand, or something for the full
/// parser.
public struct ScannedLine: Sendable {
    public enum Kind: UInt8, Sendable {
        /// Time and value are set, and `text`, or `key`, or both.
        case sample
        /// Only `line` is set: a rare kind, a rare spelling, or a mistake. `EventParser` decides.
        case other
    }

    public var kind: Kind = .other
    /// Whether the request failed, by `ok` or by the label `status`. Set with `key`.
    public var isFailed = false
    /// 1 and 0 as the line says; -1 when it says nothing. Set with `key`.
    public var ok: Int8 = -1
    /// The number of its text: lines of equal numbers say the same but for time and value, within
    /// one `LineScanner.generation`. -1 when the text has no number.
    public var text: Int32 = -1
    public var timestampMs = 0.0
    public var value = 0.0
    /// The whole line without its `\n`.
    public var line = ByteSpan()
    /// Its `SeriesKeyBytes` in `LineScanner.keys`. Empty when only `text` is set.
    public var key = ByteSpan()
    /// A number for run, metric and unit, as `text` is for all. Set with `key`.
    public var names: Int32 = -1
    /// The unit in `LineScanner.keys`. Set with `key`.
    public var unit = ByteSpan()
    /// `SeriesKeyBytes.rank` of the key.
    public var keyHash: UInt64 = 0

    public init() {}
}
