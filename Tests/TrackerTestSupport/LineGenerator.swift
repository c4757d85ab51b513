/// Spells random samples in random valid ways: keys in any order, whitespace, escapes, exponents.
package struct LineGenerator {
    package var random: SeededGenerator

    package init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    package mutating func chance(_ oneIn: Int) -> Bool {
        Int.random(in: 0..<oneIn, using: &random) == 0
    }

    /// A valid line of a sample, without `\n`.
    package mutating func line() -> String {
        var fields = [
            ("ts", timestamp()), ("metric", text(1...20)), ("value", number()),
        ]
        if chance(2) { fields.append(("unit", text(0...5))) }
        if chance(2) { fields.append(("run", text(0...12))) }
        if chance(2) { fields.append(("ok", chance(2) ? "true" : "false")) }
        if chance(2) { fields.append(("labels", labels())) }
        if chance(6) {
            fields.append(("x\(Int.random(in: 0..<9, using: &random))", value(depth: 3)))
        }
        fields.shuffle(using: &random)
        let members = fields.map { "\(space())\(key($0.0))\(space()):\(space())\($0.1)\(space())" }
        return "\(space()){\(members.joined(separator: ","))}\(space())"
    }

    private mutating func space() -> String {
        guard chance(4) else { return "" }
        return [" ", "\t", "\r", "  ", " \t"].randomElement(using: &random) ?? ""
    }

    /// A key, now and then with an escape for one of its letters.
    private mutating func key(_ key: String) -> String {
        guard chance(12), let first = key.utf8.first else { return "\"\(key)\"" }
        let hex = String(first, radix: 16, uppercase: chance(2))
        return "\"\\u00\(hex)\(key.dropFirst())\""
    }

    /// A string with its quotes.
    package mutating func text(_ length: ClosedRange<Int>) -> String {
        let pieces = [
            "a", "Z", "0", ".", "_", " ", "é", "e\u{301}", "€", "𝄞", "/", "{", "]", ",", ":",
            "\u{7F}",
            "\\\"", "\\\\", "\\/", "\\n", "\\t", "\\u0000", "\\u00e9", "\\uD834\\uDD1E", "\\u2028",
        ]
        let isPlain = chance(2)
        var text = "\""
        for _ in 0..<Int.random(in: length, using: &random) {
            text += isPlain ? "m" : pieces.randomElement(using: &random) ?? ""
        }
        return text + "\""
    }

    private mutating func timestamp() -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return number()
        case 1:
            return "\"2026-11-23T14:02:11\(chance(2) ? ".125" : "")\(chance(2) ? "Z" : "+01:00")\""
        case 2: return String(Int.random(in: 0...2_000_000_000_000, using: &random))
        default: return "\(Int.random(in: 0...2_000_000_000_000, using: &random)).\(digits(1...6))"
        }
    }

    package mutating func digits(_ count: ClosedRange<Int>) -> String {
        String(
            (0..<Int.random(in: count, using: &random)).map { _ in
                Character(String(Int.random(in: 0...9, using: &random)))
            })
    }

    /// A number of the JSON grammar that is finite as a double.
    package mutating func number() -> String {
        var text = chance(3) ? "-" : ""
        if chance(4) {
            text += "0"
        } else {
            text += String(Int.random(in: 1...9, using: &random)) + digits(0...(chance(5) ? 40 : 9))
        }
        if chance(2) { text += "." + digits(1...(chance(5) ? 40 : 9)) }
        if chance(3) {
            text += chance(2) ? "e" : "E"
            text += ["", "+", "-"].randomElement(using: &random) ?? ""
            text += String(Int.random(in: 0...(chance(3) ? 250 : 25), using: &random))
        }
        return text
    }

    private mutating func labels() -> String {
        let members = (0..<Int.random(in: 0...4, using: &random)).map { index in
            let name = "\"k\(index)\(chance(8) ? "\\u0062" : "")\""
            return "\(space())\(name)\(space()):\(space())\(flatValue())\(space())"
        }
        return "{\(space())\(members.joined(separator: ","))}"
    }

    private mutating func flatValue() -> String {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: number()
        case 1: "true"
        case 2: "null"
        default: text(0...9)
        }
    }

    private mutating func value(depth: Int) -> String {
        guard depth > 0, chance(2) else { return flatValue() }
        return chance(2) ? "[\(value(depth: depth - 1))]" : "{\"a\":\(value(depth: depth - 1))}"
    }

    /// The bytes with one to three bytes changed, put in, taken out, or swapped for others of it.
    package mutating func mutated(_ line: [UInt8]) -> [UInt8] {
        var line = line
        for _ in 0..<Int.random(in: 1...3, using: &random) where !line.isEmpty {
            let at = Int.random(in: 0..<line.count, using: &random)
            let other = line[Int.random(in: 0..<line.count, using: &random)]
            switch Int.random(in: 0..<5, using: &random) {
            case 0: line[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: line.remove(at: at)
            case 2: line.insert(other, at: at)
            case 3: line[at] = other
            default:
                line[at] = Array("{}[]\",:\\0-.eEut \t".utf8).randomElement(using: &random) ?? 0
            }
        }
        return line.map { $0 == 0x0A ? 0x20 : $0 }
    }
}
