/// Fortio, and Nighthawk, which writes the same shape.
enum FortioFormats {
    static let all: [AnyFormat] = [
        .document(FortioReport.self), .document(NighthawkReport.self),
        .lines(NighthawkText.self),
    ]
}
