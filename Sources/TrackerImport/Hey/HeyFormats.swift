/// The files of hey.
enum HeyFormats {
    static let all: [AnyFormat] = [.records(HeyTable.self), .lines(HeyReport.self)]
}
