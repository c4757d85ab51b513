enum ApacheBenchFormats {
    static let all: [AnyFormat] = [
        .records(ApacheBenchTable.self), .records(ApacheBenchPercentiles.self),
        .lines(ApacheBenchReport.self),
    ]
}
