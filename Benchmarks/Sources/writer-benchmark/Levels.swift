import TrackerLog

/// Events a second at each level, from the first append to the end of `close`.
struct Levels {
    let place: Place
    let workload: Workload
    let rounds: Int

    func run() throws {
        for durability in Durability.allCases {
            var rates: [Double] = []
            for round in 0...rounds {
                let writer = try place.writer(.init(durability: durability))
                let taken = try seconds {
                    for sample in workload.samples { writer.append(sample) }
                    try writer.close()
                }
                let count = workload.samples.count
                guard writer.statistics.accepted == count else {
                    throw Failure(description: "\(durability): \(writer.statistics)")
                }
                _ = try place.clear()
                if round > 0 { rates.append(Double(count) / taken) }
            }
            report("level", [("name", quoted(durability.rawValue)), ("rates", list(rates))])
        }
    }
}
