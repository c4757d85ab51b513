import Glibc
import TrackerLog

// writer-benchmark throughput|calls|levels FOLDER EVENTS ROUNDS: one line of JSON for each result.
// `Benchmarks/run writer` makes tables of them.

func fail(_ text: String, _ status: Int32) -> Never {
    let line = text + "\n"
    _ = line.withCString { write(2, $0, strlen($0)) }
    exit(status)
}

let arguments = CommandLine.arguments
guard arguments.count == 5, let events = Int(arguments[3]), let rounds = Int(arguments[4]),
    events > 0, rounds > 0
else {
    fail("usage: writer-benchmark throughput|calls|levels FOLDER EVENTS ROUNDS", 2)
}
do {
    let place = try Place(arguments[2])
    switch arguments[1] {
    case "throughput":
        for digits in Workload.Digits.allCases {
            let workload = try Workload(count: events, digits: digits)
            try Throughput(place: place, workload: workload, rounds: rounds).run(digits)
        }
    case "calls":
        try Calls(place: place, workload: Workload(count: events, digits: .microseconds)).run()
    case "levels":
        let workload = try Workload(count: events, digits: .microseconds)
        try Levels(place: place, workload: workload, rounds: rounds).run()
    default: throw Failure(description: "no measurement is called \(arguments[1])")
    }
} catch {
    fail("error: \(error)", 1)
}
