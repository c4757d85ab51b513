import TrackerLog

/// `simulation.log` as text, up to version 3.11. The columns changed four times; what they are
/// shows by the result and the times before it.
struct GatlingText: LineFormat {
    static let name = "Gatling log"
    static let tool = "Gatling"
    static let lacks = GatlingRun.lacks

    static func recognises(_ head: FileHead) -> Bool {
        // Assertions may come before the run, each on a line of its own.
        for line in head.lines {
            let cells = line.split(
                separator: "\t", omittingEmptySubsequences: false
            ).map(String.init)
            let isUser = cells[0] == "USER" || cells.count > 2 && cells[2] == "USER"
            if cells[0] == "ASSERTION" || isUser || line.isEmpty { continue }
            // The rest of a log that was cut in two begins with any of them.
            let kinds = ["RUN", "REQUEST", "GROUP"]
            guard cells.count >= 5, kinds.contains(cells[0]) || kinds.contains(cells[2]) else {
                return false
            }
            // A time may be 0: then the next line tells.
            if cells.contains(where: { TimeText.epoch($0) != nil }) { return true }
        }
        return false
    }

    private var run = GatlingRun()
    private var hasBegun = false

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        if line.isBlank { return }
        defer { hasBegun = true }
        let cells = line.bytes.split(by: 0x09)
        // In 2.0 and 2.1 the kind came third.
        let isOld = cells.count > 2 && Self.isKind(cells[2]) && !Self.isKind(cells[0])
        let kind = isOld ? cells[2] : cells[0]
        let isFirst = kind.equals("RUN") || kind.equals("ASSERTION")
        if !hasBegun, !isFirst {
            output.lost("the log begins in its middle: its run is missing", at: line.place)
        }
        if kind.equals("REQUEST") {
            readRequest(cells, isOld: isOld, line, into: &output)
        } else if kind.equals("USER") {
            run.user(isStart: cells.contains { $0.equals("START") })
        } else if kind.equals("GROUP") {
            readGroup(cells, line, into: &output)
        } else if kind.equals("RUN") {
            if !run.isEmpty { run.end(into: &output) }
            run = GatlingRun()
            readRun(cells, isOld: isOld)
        } else if kind.equals("ERROR") {
            run.error(cells.count > 1 ? cells[1].text : "")
        } else if !kind.equals("ASSERTION") {
            output.lost("the line is of no known kind", at: line.place)
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        run.end(into: &output)
    }

    private static func isKind(_ cell: ByteView) -> Bool {
        cell.equals("REQUEST") || cell.equals("USER") || cell.equals("GROUP")
            || cell.equals("RUN") || cell.equals("ERROR") || cell.equals("ASSERTION")
    }

    /// Class, simulation, start, description, version; before 3.0 another id before the start.
    private mutating func readRun(_ cells: [ByteView], isOld: Bool) {
        run.simulation = cells[isOld ? 0 : min(1, cells.count - 1)].text
        guard let start = cells.firstIndex(where: { TimeText.epoch($0.trimmed) != nil }) else {
            return
        }
        run.start = TimeText.epoch(cells[start].trimmed)
        if start + 1 < cells.count { run.description = cells[start + 1].text }
        if start + 2 < cells.count {
            let version = cells[start + 2].trimmed.text
            run.version = version.isEmpty ? nil : version
        }
    }

    /// Where the result is: `OK` or `KO` behind two times. A message may be `OK` as well.
    private static func result(_ cells: [ByteView]) -> Int? {
        cells.indices.first { index in
            index >= 3 && (cells[index].equals("OK") || cells[index].equals("KO"))
                && TimeText.epoch(cells[index - 1]) != nil
                && TimeText.epoch(cells[index - 2]) != nil
        }
    }

    private mutating func readRequest(
        _ cells: [ByteView], isOld: Bool, _ line: ImportLine, into output: inout ImportOutput
    ) {
        guard let result = Self.result(cells) else {
            return output.lost("a request without two times and a result", at: line.place)
        }
        // In 2.0 and 2.1 there are four times: sent from and to, answered from and to. In some of
        // their logs the kind came first already.
        let hasFour =
            result > 4 && (3...4).allSatisfy { TimeText.epoch(cells[result - $0]) != nil }
        let times = isOld || hasFour ? 4 : 2
        guard result - times >= 1, let start = TimeText.epoch(cells[result - times]),
            let end = TimeText.epoch(cells[result - 1])
        else { return output.lost("a request without its times", at: line.place) }
        let ms = end.milliseconds - start.milliseconds
        guard ms >= 0 else {
            return output.lost("a request that ended before it began", at: line.place)
        }
        let name = result - times - 1
        run.request(
            groups: name - 1 > (isOld ? 2 : 0) ? cells[name - 1].text : "",
            name: name > 0 ? cells[name].text : "", start: start, ms: ms,
            isOK: cells[result].equals("OK"),
            message: result + 1 < cells.count ? cells[result + 1].text : "", into: &output)
    }

    /// Groups, start, end, the requests' time together, result.
    private mutating func readGroup(
        _ cells: [ByteView], _ line: ImportLine, into output: inout ImportOutput
    ) {
        let result = cells.indices.last { cells[$0].equals("OK") || cells[$0].equals("KO") }
        let start = cells.indices.first { index in
            index + 1 < cells.count && TimeText.epoch(cells[index]) != nil
                && TimeText.epoch(cells[index + 1]) != nil
        }
        guard let result, let start, start >= 1, start + 1 < result,
            let from = TimeText.epoch(cells[start]), let to = TimeText.epoch(cells[start + 1]),
            to.milliseconds >= from.milliseconds
        else { return output.lost("a group without its times and result", at: line.place) }
        run.group(
            cells[start - 1].text, start: from, ms: to.milliseconds - from.milliseconds,
            isOK: cells[result].equals("OK"), into: &output)
    }
}
