import TrackerLog

/// What the comments of Prometheus text say of metrics: their types and units.
package struct PrometheusFamilies {
    private var types: [String: String] = [:]
    private var units: [String: String] = [:]

    package init() {}

    /// `# TYPE name counter` and `# UNIT name seconds`; other comments say nothing.
    package mutating func note(comment: String) {
        let words = comment.split(maxSplits: 3) { $0 == " " || $0 == "\t" }.map(String.init)
        guard words.count == 4, types.count < ImportLimits.maxKnownSeries,
            words[3].utf8.count <= LogLimits.maxNameBytes
        else { return }
        switch words[1] {
        case "TYPE": types[words[2]] = words[3].trimmedBlanks
        case "UNIT": units[words[2]] = words[3].trimmedBlanks
        default: break
        }
    }

    /// As it is written: `counter`, `gauge`, …; `nil` where there is no comment.
    package func type(of family: String) -> String? { types[family] }

    /// The family of a line of a histogram.
    package func histogram(of name: String) -> String? {
        family(of: name, "histogram", endings: ["_bucket", "_sum", "_count"])
    }

    /// The family of a line that ends with one of these, if it has this type.
    package func family(of name: String, _ type: String, endings: [String]) -> String? {
        for ending in endings where name.hasSuffix(ending) {
            let family = String(name.dropLast(ending.count))
            if types[family] == type { return family }
        }
        return nil
    }

    /// By the conventions: base units in the name.
    package func unit(of name: String) -> String? {
        if let unit = units[name] { return unit == "seconds" ? "s" : unit == "bytes" ? "B" : unit }
        var base = name[...]
        for ending in ["_total", "_sum"] where base.hasSuffix(ending) {
            base = base.dropLast(ending.count)
        }
        // A count of what is measured in seconds is a number, not a time.
        if base.hasSuffix("_seconds") { return "s" }
        if base.hasSuffix("_bytes") { return "B" }
        return nil
    }
}
