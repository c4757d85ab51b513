/// What `tracker export` and `tracker report` write. They come before the formats of other tools:
/// nothing of them is left out.
enum OwnFormats {
    static let all: [AnyFormat] = [
        .lines(OwnLines.self), .records(OwnTable.self), .stream(LocalTestRuns.self),
        .lines(ReportPage.self),
    ]
}
