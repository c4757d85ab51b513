import TrackerLog

/// The tags of a point as the log keeps them.
struct K6Tags {
    /// `name` is kept as the label `route`.
    var labels: [Label] = []
    var url: String?
    /// Whether the request was as expected; `nil`: the tags do not say.
    var ok: Bool?
    /// By the place of a metric in the list of all: where its values are counted.
    var series: [CountedSeries?] = []

    /// Tags that are no labels: they say the same of all requests, or something else of each.
    static let leftOut: Set<String> = [
        "url", "proto", "subproto", "tls_version", "expected_response", "error", "ip", "vu", "iter",
        "ocsp_status",
    ]

    init() {}

    init(_ pairs: [(name: String, value: String)]) {
        var status: String?
        for (name, value) in pairs where !value.isEmpty {
            switch name {
            case "name":
                labels.append(Label("route", URLSummary.route(of: value)))
            case "url": url = value
            case "expected_response": ok = value == "true"
            case "status":
                status = value
                labels.append(Label(name, value))
            default:
                guard !Self.leftOut.contains(name), labels.count < LogLimits.maxLabels,
                    name.utf8.count <= LogLimits.maxNameBytes
                else { continue }
                labels.append(Label(name, String(value.prefix(ImportLimits.maxLabelBytes))))
            }
        }
        if ok == nil, let number = status.flatMap({ Int($0) }) {
            ok = (1..<400).contains(number)
        }
    }
}

/// Remembers the tags of points by the bytes in which they are written: most lines of a file repeat
/// those of the line before.
struct K6TagCache {
    private var places: [UInt64: Int] = [:]
    private var entries: [(bytes: [UInt8], tags: K6Tags)] = []
    private var last = 0

    var count: Int { entries.count }

    subscript(index: Int) -> K6Tags {
        get { entries[index].tags }
        _modify { yield &entries[index].tags }
    }

    /// Where the values of a metric with these tags are counted.
    @inline(__always)
    func series(_ index: Int, metric: Int) -> CountedSeries? {
        metric < entries[index].tags.series.count ? entries[index].tags.series[metric] : nil
    }

    @inline(__always)
    mutating func find(_ bytes: ByteView) -> Int? {
        if last < entries.count, bytes.equals(entries[last].bytes) { return last }
        guard let index = unsafe places[XXHash64.hash(bytes.raw)],
            bytes.equals(entries[index].bytes)
        else { return nil }
        last = index
        return index
    }

    mutating func add(_ bytes: ByteView, _ tags: K6Tags) -> Int {
        // With more kinds than this, most do not come again.
        if entries.count >= ImportLimits.maxKnownLabels {
            entries.removeAll(keepingCapacity: true)
            places.removeAll(keepingCapacity: true)
        }
        last = entries.count
        unsafe places[XXHash64.hash(bytes.raw)] = last
        entries.append((bytes.array, tags))
        return last
    }
}
