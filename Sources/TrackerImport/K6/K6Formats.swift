/// The files of k6.
enum K6Formats {
    static let all: [AnyFormat] = []
}
