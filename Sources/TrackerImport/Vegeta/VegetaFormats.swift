/// The files of vegeta.
enum VegetaFormats {
    static let all: [AnyFormat] = [
        .lines(VegetaResults.self), .records(VegetaTable.self), .lines(VegetaReport.self),
        .lines(VegetaPlot.self), .document(VegetaJSONReport.self),
    ]
}
