/// What runs programs and functions again and again, and takes the time. Each benchmark is a run.
enum BenchFormats {
    static let all: [AnyFormat] = [
        .lines(CriterionReport.self), .lines(CriterionMessages.self),
        .document(HyperfineReport.self),
        .document(PytestBenchmark.self), .document(GoogleBenchmark.self),
        .document(CriterionEstimates.self), .document(CriterionSample.self),
        .records(CriterionTable.self),
        .records(HyperfineTable.self), .records(PytestTable.self),
        .records(GoogleBenchmarkTable.self), .lines(HyperfineMarkup.self),
    ]
}
