/// A byte range of a frame's content.
public struct ByteSpan: Sendable, Hashable {
    public var offset: UInt32
    public var count: UInt32

    init(offset: UInt32 = 0, count: UInt32 = 0) {
        self.offset = offset
        self.count = count
    }

    public var range: Range<Int> { Int(offset)..<Int(offset) + Int(count) }
}

/// One scanned line: a sample whose strings stay in the frame's content, or a line for the full
/// parser.
public struct ScannedLine: Sendable {
    public enum Kind: UInt8, Sendable {
        /// Time and value are set, and `text` or `key` or both.
        case sample
        /// Only `line` is set: another kind of event, an unusual spelling, or an error.
        /// `EventParser` decides.
        case other
    }

    public var kind: Kind = .other
    /// Whether the request failed, by `ok` or by the label `status`. Set with `key`.
    public var isFailed = false
    /// 1 for `true`, 0 for `false`, -1 when the line has none. Set with `key`.
    public var ok: Int8 = -1
    /// The number of its template: within one `LineScanner.generation`, lines with equal numbers
    /// differ only in time and value. -1 when there is no template.
    public var text: Int32 = -1
    public var timestampMs = 0.0
    public var value = 0.0
    /// The whole line without its `\n`.
    public var line = ByteSpan()
    /// Its `SeriesKeyBytes` in `LineScanner.keys`. Empty when only `text` is set.
    public var key = ByteSpan()
    /// The interned number of run, metric and unit, within one generation; -1 when it has none. Set
    /// with `key`.
    public var names: Int32 = -1
    /// The unit's bytes in `LineScanner.keys`. Set with `key`.
    public var unit = ByteSpan()
    /// `SeriesKeyBytes.rank` of the key.
    public var keyHash: UInt64 = 0

    public init() {}
}
