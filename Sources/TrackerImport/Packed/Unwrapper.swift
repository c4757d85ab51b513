/// Decompresses a file that arrives in pieces, within the limits of `ImportLimits`.
struct Unwrapper {
    private let kind: PackedKind
    private let inflater: any Inflater
    private var bytesIn = 0
    private var bytesOut = 0
    /// Why the rest could not be decompressed; what came before it counts.
    private var damage: String?

    init(_ kind: PackedKind) throws(ImportError) {
        self.kind = kind
        switch kind {
        case .gzip: inflater = try GzipInflater()
        case .zstd: inflater = try ZstdInflater()
        case .bzip2: inflater = try SystemInflater(kind, .bzip2)
        case .xz: inflater = try SystemInflater(kind, .xz)
        case .utf16: inflater = UTF16Decoder(isLittleEndian: true)
        case .utf16BigEndian: inflater = UTF16Decoder(isLittleEndian: false)
        }
    }

    static func nested(_ inner: PackedKind) -> ImportError {
        .refused(
            format: inner.name, reason: "it is compressed twice",
            advice: "Unwrap the outer one first: \(inner.command) FILE | tracker import -",
            place: nil)
    }

    var name: String { kind.name }

    /// What is wrong with its end; `nil` if it is whole.
    var endDamage: String? {
        damage ?? (inflater.isWhole ? nil : "the \(kind.name) file is cut: its end is missing")
    }

    mutating func feed(
        _ bytes: ByteView, _ take: (ByteView) throws(ImportError) -> Void
    ) throws(ImportError) {
        guard damage == nil else { return }
        bytesIn += bytes.count
        inflater.give(bytes)
        while true {
            switch inflater.next() {
            case .piece:
                bytesOut += inflater.count
                try refuseBomb()
                try inflater.withPiece(take)
            case .needsInput: return
            case .damaged(let why):
                damage = "the \(kind.name) file is damaged (\(why)): what follows is lost"
                return
            }
        }
    }

    private func refuseBomb() throws(ImportError) {
        guard bytesOut > ImportLimits.ratioFromBytes,
            bytesOut / max(1, bytesIn) > ImportLimits.maxRatio
        else { return }
        throw .refused(
            format: kind.name,
            reason: "\(bytesIn) bytes have become \(bytesOut), more than results of a test do",
            advice: "Unwrap it yourself, if it is no bomb: \(kind.command) FILE | tracker import -",
            place: ImportPlace(line: nil, offset: bytesOut))
    }
}
