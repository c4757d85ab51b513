/// Decompresses what is in memory as a whole.
package enum WholeBody {
    package enum Kind: String, CaseIterable, Sendable {
        case gzip, zstd
    }

    package enum Failure: Error, Sendable, Hashable {
        /// More than this many bytes come out.
        case tooLong(Int)
        case damaged(String)
    }

    /// - Parameter limit: of the content, in bytes.
    package static func content(
        of bytes: [UInt8], kind: Kind, limit: Int
    ) throws(Failure) -> [UInt8] {
        let outcome: Result<[UInt8], Failure>
        do throws(ImportError) {
            let inflater: any Inflater =
                switch kind {
                case .gzip: try GzipInflater()
                case .zstd: try ZstdInflater()
                }
            outcome = try content(of: bytes, inflater, limit)
        } catch {
            throw .damaged("\(error)")
        }
        return try outcome.get()
    }

    private static func content(
        of bytes: [UInt8], _ inflater: any Inflater, _ limit: Int
    ) throws(ImportError) -> Result<[UInt8], Failure> {
        unsafe bytes.withUnsafeBytes { unsafe inflater.give(ByteView($0)) }
        var content: [UInt8] = []
        while true {
            switch inflater.next() {
            case .piece:
                guard content.count + inflater.count <= limit else {
                    return .failure(.tooLong(limit))
                }
                try inflater.withPiece { piece in content.append(contentsOf: piece.array) }
            case .needsInput:
                return inflater.isWhole
                    ? .success(content) : .failure(.damaged("its end is missing"))
            case .damaged(let why): return .failure(.damaged(why))
            }
        }
    }
}
