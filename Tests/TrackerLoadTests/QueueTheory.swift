import Glibc

/// The queue M/M/c: what is known exactly about its response times.
struct QueueTheory {
    let servers: Int
    let meanServiceMs: Double

    /// The share of requests that find all servers busy (Erlang's C).
    func waiting(rate: Double) -> Double {
        let load = rate * meanServiceMs / 1e3
        // Erlang's B, by its recursion in the number of servers.
        var lost = 1.0
        for server in 1...servers { lost = load * lost / (Double(server) + load * lost) }
        let use = load / Double(servers)
        return lost / (1 - use * (1 - lost))
    }

    /// The share of response times above a time: an exponential wait of those that wait, and an
    /// exponential service, added.
    func slower(than ms: Double, rate: Double) -> Double {
        let service = 1 / meanServiceMs
        let spare = Double(servers) * service - rate / 1e3
        guard spare > 0 else { return 1 }
        let wait = waiting(rate: rate)
        let served = exp(-service * ms)
        // With one server and others alike the two rates may be equal: then their limit.
        let both =
            abs(spare - service) < 1e-9
            ? (1 + service * ms) * served
            : (spare * served - service * exp(-spare * ms)) / (spare - service)
        return (1 - wait) * served + wait * both
    }

    /// Mean response time.
    func mean(rate: Double) -> Double {
        let spare = Double(servers) / meanServiceMs - rate / 1e3
        return spare > 0 ? meanServiceMs + waiting(rate: rate) / spare : .infinity
    }

    /// The rate up to which something that grows with it is below a limit.
    func highestRate(_ keeps: (Double) -> Bool) -> Double {
        var (low, high) = (0.0, Double(servers) / meanServiceMs * 1e3)
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if keeps(middle) { low = middle } else { high = middle }
        }
        return low
    }

    func highestRate(quantile: Double, below ms: Double) -> Double {
        highestRate { slower(than: ms, rate: $0) < 1 - quantile }
    }
}
