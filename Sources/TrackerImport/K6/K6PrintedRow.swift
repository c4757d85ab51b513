import TrackerLog

/// A metric in what k6 prints: `http_reqs......: 7278   23.388221/s`, in versions before 1.0 with a
/// mark before it where it has conditions.
struct K6PrintedRow {
    let name: String
    /// By the names of the JSON summaries. Times are milliseconds.
    private(set) var values: [JSONValue.Member] = []
    /// As `contains` in them: `time`, `data` or nothing.
    private(set) var unit = ""
    let isBroken: Bool

    /// Whether it is of a part of the requests: `{ expected_response:true }`.
    var isPart: Bool { name.hasPrefix("{") }

    init?(_ text: String) {
        isBroken = text.hasPrefix("✗")
        let rest = text.hasPrefix("✓") || isBroken ? text.dropFirst() : text[...]
        guard let dots = rest.firstRange(of: "...: ") else { return nil }
        var name = String(rest[..<dots.lowerBound]).trimmedBlanks
        while name.hasSuffix(".") { name.removeLast() }
        self.name = name
        guard !name.isEmpty else { return nil }
        let words = rest[dots.upperBound...].split(separator: " ").map(String.init)
        guard let first = words.first else { return nil }
        if words.contains(where: { $0.contains("=") }) {
            readPairs(words)
        } else if first.hasSuffix("%") {
            readRate(words)
        } else {
            readCount(words)
        }
        guard !values.isEmpty else { return nil }
    }

    /// `avg=4.26s p(95)=13.83s`, `5 min=5 max=5`, `avg=1.2 kB max=3 MB`.
    private mutating func readPairs(_ words: [String]) {
        var pairs: [(key: String, value: String)] = []
        for word in words {
            if let sign = word.firstIndex(of: "=") {
                let value = String(word[word.index(after: sign)...])
                pairs.append((String(word[..<sign]), value))
            } else if let last = pairs.popLast() {
                pairs.append((last.key, last.value + " " + word))
            } else {
                pairs.append(("value", word))
            }
        }
        for pair in pairs { add(pair.key, pair.value) }
    }

    /// `6.75% 10 out of 148`, before 1.0 `6.75% ✓ 10 ✗ 138`.
    private mutating func readRate(_ words: [String]) {
        let counts = words.dropFirst().compactMap { DecimalText.whole($0) }
        guard counts.count == 2, words.contains("of") || words.contains("✓") else {
            add("value", DecimalText.percent(words[0]).map { $0 / 100 })
            return
        }
        add("passes", Double(counts[0]))
        let others = words.contains("of") ? counts[1].plus(-counts[0]) : counts[1]
        add("fails", Double(others))
    }

    /// `7278   23.388221/s`, `22 kB 5.7 kB/s`, and a level without a rate.
    private mutating func readCount(_ words: [String]) {
        guard let last = words.last, last.hasSuffix("/s"), words.count > 1 else {
            add("value", words.joined(separator: " "))
            return
        }
        let end = words.count - (DecimalText.number(last.dropLast(2)) == nil ? 2 : 1)
        add("count", words[..<max(0, end)].joined(separator: " "))
        add("rate", words[max(0, end)...].joined(separator: " ").dropLast(2).description)
    }

    private mutating func add(_ key: String, _ text: String) {
        if let number = DecimalText.number(text) {
            add(key, number)
        } else if let bytes = Self.bytes(text) {
            unit = "data"
            add(key, bytes)
        } else if let ms = DurationText.go(text) {
            unit = "time"
            add(key, ms)
        }
    }

    private mutating func add(_ key: String, _ value: Double?) {
        if let value { values.append(.init(key, .double(value))) }
    }

    /// `95 MB`: a step is 1,000.
    private static func bytes(_ text: String) -> Double? {
        let parts = text.split(separator: " ")
        guard parts.count == 2, parts[1].hasSuffix("B") else { return nil }
        return DecimalText.scaled(parts[0] + parts[1].dropLast())
    }
}
