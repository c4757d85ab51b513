import TrackerClient

/// Finds the processes that listen on a TCP port of this machine, as `/proc` shows them.
package enum ListeningProcesses {
    /// - Parameter proc: the folder that `/proc` is, for tests.
    /// - Returns: process ids in rising order; empty when nobody listens there, or the processes
    ///   belong to a user whose files may not be listed.
    package static func find(port: Int, proc: String = "/proc") -> [Int32] {
        let tables = ["tcp", "tcp6"].compactMap { SmallFile.systemText("\(proc)/net/\($0)") }
        let sockets = Set(tables.flatMap { inodes(table: $0, port: port) }.map { "socket:[\($0)]" })
        guard !sockets.isEmpty, let names = ProcFolder.names(in: proc) else { return [] }
        return names.compactMap { Int32($0) }.sorted().filter { pid in
            let folder = "\(proc)/\(pid)/fd"
            return (ProcFolder.names(in: folder) ?? []).contains { name in
                ProcFolder.link("\(folder)/\(name)").map(sockets.contains) ?? false
            }
        }
    }

    /// The inodes of the sockets that listen on a port, in the text of `/proc/net/tcp` or `tcp6`.
    package static func inodes(table: String, port: Int) -> [UInt64] {
        let listening = "0A"
        return table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == listening,
                let portText = fields[1].split(separator: ":").last,
                Int(portText, radix: 16) == port
            else { return nil }
            return UInt64(fields[9])
        }
    }
}
