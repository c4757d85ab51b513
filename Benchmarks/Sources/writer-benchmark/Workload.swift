import TrackerLog

/// The samples that are written: of HTTP requests, with two labels that vary, as a load test makes
/// them.
struct Workload {
    /// How many digits the values have.
    enum Digits: String, CaseIterable {
        /// Milliseconds with microseconds in the fraction, as clocks of microseconds give.
        case microseconds
        /// Whole numbers: bytes, counts.
        case whole
        /// The noise of a calculation: 16 or 17 digits.
        case full
    }

    let samples: [Sample]
    let series: [Series]
    /// Which of `series` each sample is of.
    let seriesOfSample: [Int]

    init(count: Int, digits: Digits, seed: UInt64 = 20_261_123) throws {
        var generator = SplitMix64(seed: seed)
        let routes = ["/", "/login", "/api/items", "/api/items/{id}", "/api/cart", "/healthz"]
        let labels = routes.flatMap { route in
            ["200", "404", "503"].map { [Label("route", route), Label("status", $0)] }
        }
        var timestampMs = 1_763_899_200_000.0
        series = try labels.map {
            try Series(metric: "http.latency_ms", run: "run-1", labels: $0)
        }
        var places: [Int] = []
        samples = (0..<count).map { _ in
            timestampMs += Double(Int.random(in: 1...1_200, using: &generator)) / 1_000
            timestampMs = (timestampMs * 1_000).rounded() / 1_000
            let route = Int.random(in: 0..<routes.count, using: &generator)
            let roll = Int.random(in: 0..<100, using: &generator)
            let status = roll < 90 ? 0 : roll < 95 ? 1 : 2
            places.append(route * 3 + status)
            return Sample(
                timestamp: Timestamp(milliseconds: timestampMs) ?? .epoch,
                metric: "http.latency_ms",
                value: Self.value(digits, &generator), run: "run-1",
                labels: labels[route * 3 + status])
        }
        seriesOfSample = places
    }

    /// A long tail to the right, as latencies have.
    private static func value(_ digits: Digits, _ generator: inout SplitMix64) -> Double {
        let uniform = Double.random(in: 0.001..<1, using: &generator)
        let value = 4 / (uniform * uniform.squareRoot()) + 0.5
        return switch digits {
        case .microseconds: (value * 1_000).rounded() / 1_000
        case .whole: (value * 10).rounded()
        case .full: value
        }
    }

    /// The lines that all of them become.
    var lines: [UInt8] {
        var bytes: [UInt8] = []
        for sample in samples { _ = EventEncoder.append(.sample(sample), to: &bytes) }
        return bytes
    }
}
