enum GatlingFormats {
    static let all: [AnyFormat] = [
        .stream(GatlingBinary.self), .lines(GatlingText.self), .document(GatlingPageNumbers.self),
    ]
}
