// Times a small cache, first cold, then warm, and records both runs.

import TrackerClient

struct NotFound: Error, CustomStringConvertible {
    var key: Int
    var description: String { "no such key: \(key)" }
}

/// Counts the divisors of a number, and remembers how many there were.
func divisors(of number: Int, cache: inout [Int: Int]) throws -> Int {
    guard number > 0 else { throw NotFound(key: number) }
    if let known = cache[number] { return known }
    let count = (1...number).count { number.isMultiple(of: $0) }
    cache[number] = count
    return count
}

var cache: [Int: Int] = [:]
let recording = try Recording.open(name: "a small cache")
for state in ["cold", "warm"] {
    try recording.run(
        test: "cache", target: "divisors", params: ["cache": .string(state), "size": 100]
    ) { run in
        for number in 1...100 {
            _ = try run.measure("cache.get_ms", labels: ["state": state]) {
                try divisors(of: number * 100, cache: &cache)
            }
        }
        run.sample("cache.entries", Double(cache.count))
        run.summary = ["entries": .integer(cache.count)]
    }
}

// What fails is recorded as well, and the program goes on.
do {
    try recording.run(test: "cache", target: "divisors") { run in
        _ = try run.measure("cache.get_ms") { try divisors(of: 0, cache: &cache) }
    }
} catch {
    recording.note("the last run failed on purpose: \(error)")
}
try recording.close()
print("\(recording.user)/\(recording.session): dropped \(recording.statistics.dropped)")
