import ArgumentParser
import TrackerAnalysis
import TrackerIndexer
import TrackerLoad
import TrackerLog

extension CapacityPromise {
    /// Parses `p99<20ms,errors<0.1%`: limits of a gate, joined by commas.
    init(parsing text: String) throws(ValidationError) {
        func wrong(_ problem: String, in part: String? = nil) -> ValidationError {
            ValidationError("--find-max \"\(part ?? text)\": \(problem)")
        }
        let texts = text.split(separator: ",", omittingEmptySubsequences: false).map {
            String($0.drop { $0 == " " })
        }
        // A gate has other forms as well, and would name them and its options.
        for part in texts where !part.contains("<") {
            throw wrong("give what it has to be below, such as p99<20ms", in: part)
        }
        let limits: [GateLimit]
        do throws(GateLimitError) {
            let parsed = try GateLimit.parse(texts)
            var resolved: [GateLimit] = []
            for limit in parsed {
                resolved.append(try limit.resolved(metric: LoadMetric.latency, unit: "ms"))
            }
            limits = resolved
        } catch {
            throw wrong(error.problem, in: error.text)
        }
        var conditions: [Condition] = []
        for limit in limits {
            guard case .level = limit.form else {
                throw wrong("give what it has to be below, such as p99<20ms", in: limit.text)
            }
            guard limit.amount > 0 else {
                throw wrong("no number of requests proves that it is zero", in: limit.text)
            }
            let number: Number
            switch limit.statistic {
            case .p50, .p90, .p95, .p99:
                guard let quantile = limit.statistic.quantile else { continue }
                number = .quantile(quantile)
            case .mean: number = .mean
            case .errorRate: number = .errors
            case .perSecond: throw wrong("the rate is what is searched for", in: limit.text)
            }
            conditions.append(
                Condition(
                    text: limit.text, number: number,
                    limit: number == .errors ? limit.amount / 100 : limit.amount))
        }
        self.init(conditions)
    }
}
