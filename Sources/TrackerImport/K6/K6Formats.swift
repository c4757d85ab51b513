/// The files of k6.
enum K6Formats {
    static let all: [AnyFormat] = [
        .lines(K6Lines.self), .records(K6Table.self), .document(K6MachineSummary.self),
        .document(K6HandleSummary.self), .document(K6LegacySummary.self),
        .document(K6OwnSummary.self), .lines(K6PrintedSummary.self),
    ]
}
