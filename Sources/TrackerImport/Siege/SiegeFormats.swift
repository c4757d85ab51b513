enum SiegeFormats {
    static let all: [AnyFormat] = [
        .records(SiegeLog.self), .lines(SiegeReport.self), .document(SiegeJSON.self),
    ]
}
