enum WrkFormats {
    static let all: [AnyFormat] = [.lines(WrkReport.self)]
}
