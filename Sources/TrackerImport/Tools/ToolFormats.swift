/// Load tools of which each has one or two small files.
enum ToolFormats {
    static let all: [AnyFormat] = [
        .stream(TaurusReport.self), .records(TaurusTable.self), .lines(RewrkReport.self),
        .lines(BombardierText.self), .lines(ArtilleryText.self),
        .lines(DrillReport.self), .lines(DrillTimes.self), .document(AutocannonReport.self),
        .document(ArtilleryReport.self), .document(BombardierReport.self),
        .document(GhzReport.self), .records(GhzTable.self), .document(RewrkJSONReport.self),
    ]
}
