/// Writes the records of Gatling's binary log.
struct GatlingWriter {
    var bytes: [UInt8] = []
    private var known: [String: Int32] = [:]

    init(start: Int64 = 1_767_225_600_000, scenarios: [String] = ["Scen"]) {
        bytes.append(0)
        text("3.14.3")
        text("org.example.Sim")
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: start >> Int64(shift)))
        }
        text("nightly")
        int(Int32(scenarios.count))
        for scenario in scenarios { text(scenario) }
        int(1)
        int(3)
        bytes += [1, 2, 0xFF]
    }

    mutating func int(_ value: Int32) {
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> Int32(shift)))
        }
    }

    mutating func text(_ text: String) {
        let isLatin = text.unicodeScalars.allSatisfy { $0.value < 256 }
        let encoded =
            isLatin
            ? text.unicodeScalars.map { UInt8($0.value) }
            : text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        int(Int32(encoded.count))
        if !encoded.isEmpty { bytes += encoded + [isLatin ? 0 : 1] }
    }

    mutating func knownText(_ value: String) {
        if let number = known[value] { return int(-number) }
        let number = Int32(known.count + 1)
        known[value] = number
        int(number)
        text(value)
    }

    mutating func request(
        _ groups: [String], _ name: String, _ from: Int32, _ to: Int32, _ message: String? = nil
    ) {
        bytes.append(1)
        int(Int32(groups.count))
        for group in groups { knownText(group) }
        knownText(name)
        int(from)
        int(to)
        bytes.append(message == nil ? 1 : 0)
        knownText(message ?? "")
    }

    mutating func user(isStart: Bool) {
        bytes.append(2)
        int(0)
        bytes.append(isStart ? 1 : 0)
        int(5)
    }

    mutating func group(_ groups: [String], _ from: Int32, _ to: Int32) {
        bytes.append(3)
        int(Int32(groups.count))
        for group in groups { knownText(group) }
        int(from)
        int(to)
        int(to - from)
        bytes.append(1)
    }

    mutating func error(_ message: String) {
        bytes.append(4)
        knownText(message)
        int(7)
    }

    static var whole: GatlingWriter {
        var log = GatlingWriter()
        log.user(isStart: true)
        log.request(["shop", "cart"], "Suche 东", 10, 25)
        log.request(["shop"], "Suche 东", 30, 32, "refused: é")
        log.group(["shop"], 10, 40)
        log.request([], "Buy", 50, 59)
        log.error("no attribute")
        log.user(isStart: false)
        return log
    }
}
