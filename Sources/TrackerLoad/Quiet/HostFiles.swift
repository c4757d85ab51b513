import TrackerClient

/// The files of `/proc` and `/sys`, below a root that tests replace.
package struct HostFiles: Sendable {
    /// Empty for the real ones.
    let root: String

    package init(root: String = "") { self.root = root }

    /// Without the white space around it; `nil` where the system does not have the file.
    func text(_ path: String) -> String? { SmallFile.systemText(root + path) }

    func number(_ path: String) -> Double? { text(path).flatMap(Double.init) }

    /// The names in a folder that begin so, in order.
    func names(in path: String, prefix: String = "") -> [String] {
        (ProcFolder.names(in: root + path) ?? []).filter { $0.hasPrefix(prefix) }.sorted()
    }

    /// A file of lines of a name and a number, as `/proc/vmstat` and `cpu.stat`.
    func table(_ path: String) -> [String: Double] {
        var table: [String: Double] = [:]
        for line in (text(path) ?? "").split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == ":" || $0 == "\t" }
            guard words.count > 1, let number = Double(words[1]) else { continue }
            table[String(words[0])] = number
        }
        return table
    }

    /// The value of a line `Name:   value` of `/proc/PID/status`.
    func field(_ name: String, of path: String) -> String? {
        for line in (text(path) ?? "").split(separator: "\n") where line.hasPrefix(name + ":") {
            return line.dropFirst(name.count + 1).split { $0 == " " || $0 == "\t" }.first
                .map(String.init)
        }
        return nil
    }

    /// How many numbers a list such as `0-3,8` names.
    static func count(list: String) -> Int {
        list.split(separator: ",").reduce(0) { count, part in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, last >= first else { return count }
            return count + last - first + 1
        }
    }
}
