import Glibc

/// A decompressor of the system, loaded when a file needs it: bzip2 and xz are too rare to be in
/// the program, and Debian's own package manager brings both.
///
/// Each keeps its state in a structure of the caller, which says where input and output are:
///
/// ```text
/// next_in | avail_in | … | next_out | avail_out | … | its own state
/// ```
struct SystemDecompressor: Sendable {
    /// Tried in turn; the first is named when none is there.
    let libraries: [String]
    /// Debian's package of the library.
    let package: String
    let layout: Layout
    let functions: Functions
    let codes: Codes

    /// Bytes from the start of the structure on a 64-bit system.
    struct Layout: Sendable {
        var size: Int
        var nextIn: Int
        var availIn: Int
        var nextOut: Int
        var availOut: Int
        /// Whether `avail_…` has 64 bits, not 32.
        var countsAreLong: Bool
    }

    struct Functions: Sendable {
        var begin: String
        var run: String
        var end: String
    }

    /// What `run` returns.
    struct Codes: Sendable {
        var ok: Int32
        var streamEnd: Int32
        /// It could not go on without input; not an error between two pieces.
        var noProgress: Int32?
        var names: [Int32: String]
    }

    /// `bzlib.h` 1.0.
    static let bzip2 = SystemDecompressor(
        libraries: ["libbz2.so.1.0", "libbz2.so.1"], package: "libbz2-1.0",
        layout: Layout(
            size: 80, nextIn: 0, availIn: 8, nextOut: 24, availOut: 32, countsAreLong: false),
        functions: Functions(
            begin: "BZ2_bzDecompressInit", run: "BZ2_bzDecompress", end: "BZ2_bzDecompressEnd"),
        codes: Codes(
            ok: 0, streamEnd: 4, noProgress: nil,
            names: [-3: "no memory", -4: "a checksum or its data is wrong", -5: "no bzip2 data"]))

    /// `lzma/base.h` and `lzma/container.h` 5.
    static let xz = SystemDecompressor(
        libraries: ["liblzma.so.5"], package: "liblzma5",
        layout: Layout(
            size: 136, nextIn: 0, availIn: 8, nextOut: 24, availOut: 32, countsAreLong: true),
        functions: Functions(
            begin: "lzma_stream_decoder", run: "lzma_code", end: "lzma_end"),
        codes: Codes(
            ok: 0, streamEnd: 1, noProgress: 10,
            names: [
                5: "no memory", 6: "it needs more than \(ImportLimits.maxXZMemory >> 20) MiB",
                7: "no xz data", 8: "an option of a newer xz", 9: "its data is wrong",
            ]))
}

/// The functions of a `SystemDecompressor`.
@safe struct LoadedDecompressor {
    private typealias BeginBzip2 =
        @convention(c) (
            UnsafeMutableRawPointer?, _ verbosity: Int32, _ isSmall: Int32
        ) -> Int32
    private typealias BeginXZ =
        @convention(c) (
            UnsafeMutableRawPointer?, _ memoryLimit: UInt64, _ flags: UInt32
        ) -> Int32
    private typealias RunBzip2 = @convention(c) (UnsafeMutableRawPointer?) -> Int32
    private typealias RunXZ = @convention(c) (UnsafeMutableRawPointer?, _ action: Int32) -> Int32
    private typealias End = @convention(c) (UnsafeMutableRawPointer?) -> Void

    @safe private enum Calls {
        case bzip2(BeginBzip2, RunBzip2)
        case xz(BeginXZ, RunXZ)
    }

    private let calls: Calls
    private let endCall: End

    /// - Returns: `nil` if this machine has no such library, or one without these functions.
    init?(_ kind: SystemDecompressor) {
        var handle: UnsafeMutableRawPointer?
        for name in kind.libraries where unsafe handle == nil {
            unsafe handle = dlopen(name, RTLD_NOW | RTLD_LOCAL)
        }
        guard let handle = unsafe handle,
            let begin = unsafe dlsym(handle, kind.functions.begin),
            let run = unsafe dlsym(handle, kind.functions.run),
            let end = unsafe dlsym(handle, kind.functions.end)
        else { return nil }
        unsafe endCall = unsafe unsafeBitCast(end, to: End.self)
        calls =
            kind.layout.countsAreLong
            ? unsafe .xz(
                unsafeBitCast(begin, to: BeginXZ.self), unsafeBitCast(run, to: RunXZ.self))
            : unsafe .bzip2(
                unsafeBitCast(begin, to: BeginBzip2.self), unsafeBitCast(run, to: RunBzip2.self))
    }

    func begin(_ stream: UnsafeMutableRawPointer) -> Int32 {
        switch calls {
        case .bzip2(let begin, _): unsafe begin(stream, 0, 0)
        case .xz(let begin, _): unsafe begin(stream, ImportLimits.maxXZMemory, 0)
        }
    }

    func run(_ stream: UnsafeMutableRawPointer) -> Int32 {
        switch calls {
        case .bzip2(_, let run): unsafe run(stream)
        case .xz(_, let run): unsafe run(stream, 0)
        }
    }

    func end(_ stream: UnsafeMutableRawPointer) { unsafe endCall(stream) }
}
