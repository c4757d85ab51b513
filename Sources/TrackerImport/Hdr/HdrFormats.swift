/// The files of HdrHistogram, which many tools write.
enum HdrFormats {
    static let all: [AnyFormat] = [.lines(HdrLog.self), .lines(HdrPercentiles.self)]
}
