import FuzzTargets
import Glibc
import TrackerLog

/// `fuzz TARGET [libFuzzer's arguments]`: feeds one target with what libFuzzer finds.
///
/// The driver is libFuzzer's own, called from here because Swift's `main` is this program's.
@_silgen_name("LLVMFuzzerRunDriver")
@unsafe func runLibFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ run: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What the callback reads, which can capture nothing.
enum Chosen {
    /// The first argument; in a program that libFuzzer starts for its own work, which hands on no
    /// argument that it does not know, an environment variable.
    static let target = argument ?? inherited
    static let argument = CommandLine.arguments.dropFirst().first.flatMap(
        FuzzTarget.init(rawValue:))
    private static let inherited =
        unsafe getenv(variable).flatMap { FuzzTarget(rawValue: unsafe String(cString: $0)) }
    static let variable = "TRACKER_FUZZ_TARGET"
}

guard let target = Chosen.target else {
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
    print("usage: fuzz TARGET [-max_total_time=SECONDS] [FOLDER...]; the targets: \(names)")
    exit(2)
}
/// `fuzz TARGET --seeds FOLDER`: writes the inputs that are made, and does no more.
if CommandLine.arguments.count == 4, CommandLine.arguments[2] == "--seeds" {
    let storage = try PosixStorage(root: CommandLine.arguments[3], create: true)
    for (number, seed) in try target.seeds().enumerated() {
        try storage.replace(StoragePath("seed-\(number)"), with: seed)
    }
    exit(0)
}
unsafe setenv(Chosen.variable, target.rawValue, 1)
let arguments =
    [CommandLine.arguments[0], "-max_len=\(target.maxInputBytes)", "-timeout=10"]
    + CommandLine.arguments.dropFirst(Chosen.argument == nil ? 1 : 2)
var count = CInt(arguments.count)
var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
let status = unsafe pointers.withUnsafeMutableBufferPointer { buffer -> CInt in
    guard var base = buffer.baseAddress else { return 2 }
    return unsafe runLibFuzzer(&count, &base) { bytes, count in
        let input = unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: count))
        if let complaint = Chosen.target?.complaint(about: input) { fatalError(complaint) }
        return 0
    }
}
exit(status)
