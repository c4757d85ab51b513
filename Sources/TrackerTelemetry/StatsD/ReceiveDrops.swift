import TrackerImport

/// Datagrams that the system discarded, from its tables `/proc/net/udp` and `udp6`.
///
/// A line is `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode ref pointer
/// drops`; the address is hexadecimal, with the port behind a colon.
package enum ReceiveDrops {
    /// 127.0.0.1 and ::1 as these tables write them on this machine: words in its byte order.
    static let loopback: [String] = [
        word(0x7F00_0001), word(0) + word(0) + word(0) + word(1),
    ]

    private static func word(_ value: UInt32) -> String {
        let digits = String(value.bigEndian, radix: 16, uppercase: true)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Of the loopback sockets of a port; `nil` if the table has none.
    package static func count(in table: String, port: Int) -> Int? {
        let digits = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        var total: Int?
        for line in table.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count >= 13, fields[1].hasSuffix(suffix),
                loopback.contains(String(fields[1].dropLast(suffix.count))),
                let drops = Int(fields[12])
            else { continue }
            total = (total ?? 0).plus(drops)
        }
        return total
    }
}
