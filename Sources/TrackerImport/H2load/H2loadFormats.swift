enum H2loadFormats {
    static let all: [AnyFormat] = [.lines(H2loadReport.self), .records(H2loadTable.self)]
}
