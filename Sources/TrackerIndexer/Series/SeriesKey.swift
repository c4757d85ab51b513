import Glibc
import TrackerLog

/// The key of a series: one `SeriesKeyBytes` per series, however the line is spelled. Texts are
/// decoded on demand: most series of a log with unbounded labels are excluded before anyone reads
/// them.
///
/// ```
/// run ⌷ metric ⌷ unit ⌷ name ⌷ value ⌷ name ⌷ value ⌷   labels by name; ⌷ the separator, 0xFF
/// ```
struct SeriesKey {
    /// A `SeriesKeyBytes`: each text is ended by a separator.
    let bytes: [UInt8]
    /// The hash of the bytes: a pseudo-random order, the same everywhere. When there are too many
    /// series those of lowest rank are kept, whichever came first.
    let rank: UInt64

    /// - Parameter unit: `nil` is an empty text in the key.
    init(run: String, metric: String, unit: String? = nil, labels: [Label]) {
        let labels = labels.sorted { ExactText($0.name) < ExactText($1.name) }
        var bytes: [UInt8] = []
        func add(_ text: String) {
            bytes.append(contentsOf: text.utf8)
            bytes.append(SeriesKeyBytes.separator)
        }
        add(run)
        add(metric)
        add(unit ?? "")
        for label in labels {
            add(label.name)
            add(label.value)
        }
        self.bytes = bytes
        rank = unsafe bytes.withUnsafeBufferPointer { unsafe SeriesKeyBytes.rank($0) }
    }

    /// - Parameters:
    ///   - bytes: a `SeriesKeyBytes`.
    ///   - rank: their hash.
    init(bytes: UnsafeBufferPointer<UInt8>, rank: UInt64) {
        unsafe self.bytes = Array(bytes)
        self.rank = rank
    }

    struct Texts {
        var run: String
        var metric: String
        var unit: String?
        var labels: [Label]
    }

    var texts: Texts { unsafe bytes.withUnsafeBufferPointer { unsafe Self.texts(of: $0) } }

    /// - Parameter key: a `SeriesKeyBytes`.
    static func texts(of key: UnsafeBufferPointer<UInt8>) -> Texts {
        var texts = Texts(run: "", metric: "", labels: [])
        var name = ""
        unsafe forEachText(of: key) { index, text in
            let text = unsafe String(decoding: text, as: UTF8.self)
            switch index {
            case 0: texts.run = text
            case 1: texts.metric = text
            case 2: texts.unit = text.isEmpty ? nil : text
            case _ where index % 2 == 1: name = text
            default: texts.labels.append(Label(name, text))
            }
        }
        return texts
    }

    /// Calls `body` with run, metric, unit, then name and value of each label.
    static func forEachText(
        of key: UnsafeBufferPointer<UInt8>,
        _ body: (_ index: Int, UnsafeRawBufferPointer) -> Void
    ) {
        var rest = UnsafeRawBufferPointer(key)
        var index = 0
        while let base = rest.baseAddress, unsafe !rest.isEmpty {
            var count = rest.count
            if let end = unsafe memchr(base, Int32(SeriesKeyBytes.separator), count) {
                count = unsafe UnsafeRawPointer(end) - base
            }
            unsafe body(index, UnsafeRawBufferPointer(start: base, count: count))
            unsafe rest = unsafe UnsafeRawBufferPointer(rebasing: rest.dropFirst(count + 1))
            index += 1
        }
    }

    /// Orders by run, metric, unit, labels, each by its bytes. The separator sorts below every
    /// byte, so that a text comes before all texts it is a prefix of.
    static func precedes(
        _ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        let count = min(a.count, b.count)
        var at = 0
        if let a = a.baseAddress, let b = b.baseAddress {
            while at &+ 8 <= count,
                unsafe UnsafeRawPointer(a + at).loadUnaligned(as: UInt64.self)
                    == UnsafeRawPointer(b + at).loadUnaligned(as: UInt64.self)
            {
                at &+= 8
            }
        }
        while at < count, unsafe a[at] == b[at] { at &+= 1 }
        guard at < count else { return a.count < b.count }
        // The separator is 0xFF: adding one wraps it to 0.
        return unsafe a[at] &+ 1 < b[at] &+ 1
    }

    /// Whether this key is kept before the other one: by rank, then by bytes.
    func ranksBefore(_ other: SeriesKey) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { unsafe other.ranksAfter($0, rank: rank) }
    }

    /// Whether the given key is kept before this one.
    /// - Parameter key: a `SeriesKeyBytes` with this rank.
    func ranksAfter(_ key: UnsafeBufferPointer<UInt8>, rank: UInt64) -> Bool {
        guard rank == self.rank else { return rank < self.rank }
        return unsafe bytes.withUnsafeBufferPointer { unsafe SeriesKey.precedes(key, $0) }
    }

    /// Whether the label `status` is 400 or more: a failed request, unless `ok` says otherwise.
    var statusSaysFailed: Bool {
        guard let status = texts.labels.first(where: { $0.name == "status" }) else { return false }
        return Double(status.value).map { $0 >= 400 } ?? false
    }
}
