import TrackerClient

/// Finds the processes that listen on a TCP port of this machine, from `/proc`.
package enum ListeningProcesses {
    /// - Parameter proc: replaces `/proc` in tests.
    /// - Returns: process ids in ascending order; empty when no process listens there, or when the
    ///   processes belong to a user whose files may not be listed.
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

    /// Inodes of the sockets that listen on a port, from the text of `/proc/net/tcp` or `tcp6`:
    ///
    /// ```text
    /// field   0    1               2             3    …   9
    ///         sl   local_address   rem_address   st   …   inode
    ///         0:   0100007F:1F90   00000000:0000 0A   …   12345
    /// ```
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
