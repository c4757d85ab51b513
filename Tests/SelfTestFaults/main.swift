// The self-test on a disk that breaks a promise: its tests start this program.
//
//     selftest-faults run FAULT FOLDER SECONDS SEED     prints the checks that do not hold
//     selftest-faults child FAULT --folder F --role R --writer W --seed N     what it starts

import Glibc
import TrackerLog
import TrackerUpkeep

let arguments = CommandLine.arguments
guard arguments.count >= 6, let fault = BrokenStorage.Fault(rawValue: arguments[2]) else {
    exit(64)
}
switch arguments[1] {
case "run":
    let storage = try PosixStorage(root: arguments[3], create: false)
    let name = "selftest"
    try storage.createDirectory(StoragePath(name))
    var test = SelfTestRun(
        storage, folder: name, seed: UInt64(arguments[5]) ?? 0, seconds: Double(arguments[4]) ?? 1,
        child: ["child", fault.rawValue]
    ) { false }
    try test.run()
    for check in test.checks where check.verdict == .broken { print(check.name) }
case "child":
    guard arguments.count == 11, let role = SelfTestChild.Role(rawValue: arguments[6]) else {
        exit(64)
    }
    let storage = try PosixStorage(root: arguments[4], create: false)
    try SelfTestChild(
        in: BrokenStorage(storage, fault), role: role, writer: arguments[8],
        seed: UInt64(arguments[10]) ?? 0
    ).run()
default: exit(64)
}
