enum LocustFormats {
    static let all: [AnyFormat] = [
        .records(LocustRequestLog.self), .records(LocustHistory.self),
        .records(LocustFailures.self), .records(LocustExceptions.self),
        .records(LocustDistribution.self), .records(LocustStats.self),
        .document(LocustJSON.self),
    ]
}
