import CZstd
import Glibc
import TrackerLog

/// Nanoseconds of a clock that never goes back.
func nowNs() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Seconds that the body took.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let begin = nowNs()
    try body()
    return Double(nowNs() - begin) / 1e9
}

struct Failure: Error, CustomStringConvertible {
    var description: String
}

/// One line of the result: a name and its values, as JSON.
func report(_ kind: String, _ fields: [(String, String)]) {
    let members = fields.map { ",\"\($0.0)\":\($0.1)" }.joined()
    print("{\"kind\":\"\(kind)\"\(members)}")
}

func quoted(_ text: String) -> String { "\"\(text)\"" }

func list(_ values: [Double]) -> String {
    "[" + values.map { "\($0)" }.joined(separator: ",") + "]"
}

/// What `zstd -1` does with the bytes in memory: one frame with a checksum, in a context that is
/// used again.
final class BareZstd {
    private let context = ZSTD_createCCtx()
    private var output: [UInt8] = []
    private(set) var compressedBytes = 0

    init() {
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1)
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit { ZSTD_freeCCtx(context) }

    func compress(_ bytes: [UInt8]) {
        if output.isEmpty { output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count)) }
        compressedBytes = output.withUnsafeMutableBytes { output in
            bytes.withUnsafeBytes {
                ZSTD_compress2(context, output.baseAddress, output.count, $0.baseAddress, $0.count)
            }
        }
    }
}

/// A folder for what a round writes.
struct Place {
    let storage: PosixStorage
    private let user: UserID

    init(_ path: String) throws {
        storage = try PosixStorage(root: path, create: true)
        user = try UserID("bench")
    }

    func writer(_ configuration: SessionWriter.Configuration) throws -> SessionWriter {
        SessionWriter(
            storage: storage, user: user, session: try SessionID("s"), configuration: configuration)
    }

    /// Removes what the round has written. - Returns: how many bytes it was.
    func clear() throws -> Int {
        let folder = DataLayout.sessionFolder(user, try SessionID("s"))
        var bytes = 0
        for entry in try storage.list(folder) {
            bytes += entry.status?.size ?? 0
            try storage.remove(folder.appending(entry.name))
        }
        return bytes
    }
}
