import ArgumentParser

/// A number of bytes as people write it: `5G`, `800 MB`, `2GiB`, `1000000`.
struct ByteSize: ExpressibleByArgument {
    var bytes: Int

    init?(argument: String) {
        let digits = argument.prefix { $0.isNumber || $0 == "." }
        let unit = argument.dropFirst(digits.count).trimmingPrefix(" ").lowercased()
        guard let number = Double(digits), let factor = Self.factors[unit],
            let bytes = Int(exactly: (number * factor).rounded()), bytes >= 0
        else { return nil }
        self.bytes = bytes
    }

    private static let factors: [String: Double] = [
        "": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12,
        "tb": 1e12, "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824,
        "tib": 1_099_511_627_776,
    ]
}
