import TrackerLog

/// Bytes of a catalogue that are not what they should be. Nobody hears of it: the rows are made
/// anew.
struct CatalogDamage: Error {}

/// What a row has besides its numbers.
private struct RowFlags: OptionSet {
    let rawValue: UInt8
    static let isArchived = RowFlags(rawValue: 1)
    static let isRunning = RowFlags(rawValue: 2)
    static let hasName = RowFlags(rawValue: 4)
    static let hasFirst = RowFlags(rawValue: 8)
    static let hasLast = RowFlags(rawValue: 16)
    static let hasHeadline = RowFlags(rawValue: 32)
    static let hasUnit = RowFlags(rawValue: 64)
    /// The session is gone: nothing but its key follows.
    static let isGone = RowFlags(rawValue: 128)
}

// A row: flags, 1 byte; user and session as directory names; and unless it is gone: stamp, digest,
// the counts, times, name, tags, targets and the headline. Numbers are 8 bytes, the lowest first;
// a text or a list has its length before it, 4 bytes.
extension [UInt8] {
    mutating func append(_ change: CatalogChange) {
        switch change {
        case .gone(let key):
            append(RowFlags.isGone.rawValue)
            appendText(key.user.directoryName)
            appendText(key.session.directoryName)
        case .row(let record): append(record)
        }
    }

    private mutating func append(_ record: CatalogRecord) {
        let entry = record.entry
        var flags: RowFlags = []
        if entry.isArchived { flags.insert(.isArchived) }
        if entry.isRunning { flags.insert(.isRunning) }
        if entry.name != nil { flags.insert(.hasName) }
        if entry.first != nil { flags.insert(.hasFirst) }
        if entry.last != nil { flags.insert(.hasLast) }
        if entry.headline != nil { flags.insert(.hasHeadline) }
        if entry.headline?.unit != nil { flags.insert(.hasUnit) }
        append(flags.rawValue)
        appendText(entry.user.directoryName)
        appendText(entry.session.directoryName)
        appendNumber(record.stamp)
        appendNumber(record.digest)
        for count in [
            record.segments, record.frames, entry.runCount, entry.eventCount,
            entry.badRegionCount, entry.badLineCount, entry.missingFrames,
        ] {
            appendNumber(UInt64(clamping: count))
        }
        if let first = entry.first { appendDouble(first.milliseconds) }
        if let last = entry.last { appendDouble(last.milliseconds) }
        if let name = entry.name { appendText(name) }
        appendList(entry.tags) { $0.appendText($1) }
        appendList(entry.targets) { $0.appendText($1) }
        if let headline = entry.headline { append(headline) }
    }

    private mutating func append(_ headline: CatalogEntry.Headline) {
        appendText(headline.metric)
        if let unit = headline.unit { appendText(unit) }
        appendNumber(UInt64(clamping: headline.count))
        appendNumber(UInt64(clamping: headline.errors))
        for value in [headline.perSecond, headline.p50, headline.p99] { appendDouble(value) }
        appendList(headline.p99OverTime) { $0.appendDouble($1) }
    }

    mutating func appendNumber<Number: FixedWidthInteger>(_ number: Number) {
        unsafe Swift.withUnsafeBytes(of: number.littleEndian) { unsafe append(contentsOf: $0) }
    }

    /// What is no number is not read again either.
    private mutating func appendDouble(_ value: Double) {
        appendNumber((value.isFinite ? value : 0).bitPattern)
    }

    private mutating func appendText(_ text: String) {
        appendNumber(UInt32(clamping: text.utf8.count))
        append(contentsOf: text.utf8)
    }

    private mutating func appendList<Item>(
        _ list: [Item], _ one: (inout [UInt8], Item) -> Void
    ) {
        appendNumber(UInt32(clamping: list.count))
        for item in list { one(&self, item) }
    }
}

/// Reads the bytes of a catalogue, none of which it trusts: every length is held against what is
/// there.
struct CatalogReader {
    private let bytes: [UInt8]
    private(set) var at: Int
    private let end: Int

    init(_ bytes: [UInt8]) { self.init(bytes, bytes.indices) }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { at == end }

    /// Of all that is left.
    var hash: UInt64 {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe XXHash64.hash(UnsafeRawBufferPointer(rebasing: bytes[at..<end]))
        }
    }

    private mutating func take(_ count: Int) throws(CatalogDamage) -> Int {
        guard count <= end - at else { throw CatalogDamage() }
        defer { at += count }
        return at
    }

    mutating func byte() throws(CatalogDamage) -> UInt8 { bytes[try take(1)] }

    private mutating func integer<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type
    ) throws(CatalogDamage) -> Number {
        let start = try take(Number.bitWidth / 8)
        return unsafe bytes.withUnsafeBytes { bytes in
            unsafe Number(
                littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: type))
        }
    }

    mutating func number() throws(CatalogDamage) -> UInt64 { try integer(UInt64.self) }

    private mutating func length() throws(CatalogDamage) -> Int { Int(try integer(UInt32.self)) }

    /// The next so many bytes, to be read by themselves.
    mutating func part(_ count: UInt64) throws(CatalogDamage) -> CatalogReader {
        let count = Int(clamping: count)
        let start = try take(count)
        return CatalogReader(bytes, start..<start + count)
    }

    private mutating func count() throws(CatalogDamage) -> Int {
        let number = try number()
        guard number <= UInt64(SaturatingCount.most) else { throw CatalogDamage() }
        return Int(number)
    }

    private mutating func double() throws(CatalogDamage) -> Double {
        let value = Double(bitPattern: try number())
        guard value.isFinite else { throw CatalogDamage() }
        return value
    }

    private mutating func time() throws(CatalogDamage) -> Timestamp {
        guard let time = Timestamp(milliseconds: Double(bitPattern: try number())) else {
            throw CatalogDamage()
        }
        return time
    }

    private mutating func text() throws(CatalogDamage) -> String {
        let count = try length()
        let start = try take(count)
        let text = String(validating: bytes[start..<start + count], as: UTF8.self)
        guard let text else { throw CatalogDamage() }
        return text
    }

    /// No room is made before its elements are there.
    private mutating func list<Item>(
        _ one: (inout CatalogReader) throws(CatalogDamage) -> Item
    ) throws(CatalogDamage) -> [Item] {
        let count = try length()
        var list: [Item] = []
        for _ in 0..<count { list.append(try one(&self)) }
        return list
    }

    mutating func change() throws(CatalogDamage) -> CatalogChange {
        let flags = RowFlags(rawValue: try byte())
        guard let user = UserID(directoryName: try text()),
            let session = SessionID(directoryName: try text())
        else { throw CatalogDamage() }
        if flags.contains(.isGone) {
            guard flags == .isGone else { throw CatalogDamage() }
            return .gone(DataFolder.SessionKey(user: user, session: session))
        }
        return .row(try record(user, session, flags))
    }

    private mutating func record(
        _ user: UserID, _ session: SessionID, _ flags: RowFlags
    ) throws(CatalogDamage) -> CatalogRecord {
        let (stamp, digest) = (try number(), try number())
        let (segments, frames) = (try count(), try count())
        var entry = CatalogEntry(
            user: user, session: session, tags: [], isArchived: flags.contains(.isArchived),
            isRunning: flags.contains(.isRunning), targets: [], runCount: try count(),
            eventCount: try count(), badRegionCount: try count(), badLineCount: try count(),
            missingFrames: try count())
        if flags.contains(.hasFirst) { entry.first = try time() }
        if flags.contains(.hasLast) { entry.last = try time() }
        if flags.contains(.hasName) { entry.name = try text() }
        entry.tags = try list { reader throws(CatalogDamage) in try reader.text() }
        entry.targets = try list { reader throws(CatalogDamage) in try reader.text() }
        if flags.contains(.hasHeadline) {
            entry.headline = try headline(hasUnit: flags.contains(.hasUnit))
        } else if flags.contains(.hasUnit) {
            throw CatalogDamage()
        }
        return CatalogRecord(
            entry: entry, stamp: stamp, digest: digest, segments: segments, frames: frames)
    }

    private mutating func headline(
        hasUnit: Bool
    ) throws(CatalogDamage) -> CatalogEntry.Headline {
        let metric = try text()
        let unit = hasUnit ? try text() : nil
        return CatalogEntry.Headline(
            metric: metric, unit: unit, count: try count(), errors: try count(),
            perSecond: try double(), p50: try double(), p99: try double(),
            p99OverTime: try list { reader throws(CatalogDamage) in try reader.double() })
    }
}
