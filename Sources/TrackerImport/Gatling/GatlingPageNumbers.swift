import TrackerLog

/// `stats.json` and `global_stats.json` of Gatling's pages: which percentiles they have is a
/// setting that is not in them.
enum GatlingPageNumbers: DocumentFormat {
    static let name = "numbers of Gatling's pages"
    static let tool = "Gatling"
    static let lacks: [String] = []

    static func recognises(_ document: JSONValue) -> Bool {
        let stats = document["stats"] ?? document
        return stats["numberOfRequests"]?["ok"] != nil && stats["meanResponseTime"] != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        throw .refused(
            format: name,
            reason: "it does not say which percentiles it has: they are settings of Gatling",
            advice: "Import simulation.log of the same run: it has each request.", place: nil)
    }
}
