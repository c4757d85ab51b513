package import TrackerLog

/// Writes Prometheus text, version 0.0.4: what a scraper reads at `/metrics`.
///
///     # HELP tracker_sessions Sessions in the list.
///     # TYPE tracker_sessions gauge
///     tracker_sessions 3
package struct ExpositionWriter {
    package enum Kind: String, Sendable {
        case counter, gauge, summary
    }

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Begins a family. All its samples follow, before the next family.
    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        append("# HELP \(name) \(Self.escaped(help, quotes: false))\n")
        append("# TYPE \(name) \(kind.rawValue)\n")
    }

    /// A sample of the family.
    /// - Parameter labels: with names of letters, digits and `_`; any text as values.
    package mutating func sample(_ name: String, _ value: Double, _ labels: [Label] = []) {
        sample(name, text: Self.text(of: value), labels)
    }

    /// A count: all its digits.
    package mutating func sample(_ name: String, count: Int, _ labels: [Label] = []) {
        sample(name, text: "\(count)", labels)
    }

    private mutating func sample(_ name: String, text: String, _ labels: [Label]) {
        append(name)
        if !labels.isEmpty {
            let list = labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
            append("{\(list.joined(separator: ","))}")
        }
        append(" \(text)\n")
    }

    private mutating func append(_ text: String) { bytes += text.utf8 }

    private static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }

    /// A line end would end the line, and a quote the value.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): escaped += Array("\\\\".utf8)
            case UInt8(ascii: "\n"): escaped += Array("\\n".utf8)
            case UInt8(ascii: "\"") where quotes: escaped += Array("\\\"".utf8)
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
