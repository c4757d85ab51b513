import TrackerLog

/// `simulation.log` of 3.12 and later: records without a length, big-endian.
struct GatlingBinary: StreamFormat {
    static let name = "Gatling binary log"
    static let tool = "Gatling"
    static let lacks = GatlingRun.lacks

    /// The record of the run comes first, and begins with the version: `3.14.3`.
    static func recognises(_ head: FileHead) -> Bool {
        let bytes = head.bytes
        guard bytes.count > 8, bytes.prefix(4).allSatisfy({ $0 == 0 }),
            (3...40).contains(bytes[4]), (0x30...0x39).contains(bytes[5])
        else { return false }
        return bytes[5..<min(bytes.count, 5 + Int(bytes[4]))].contains(UInt8(ascii: "."))
    }

    private enum Record {
        case run(version: String, simulation: String, startMs: Int64, description: String)
        case request(
            groups: String, name: String, from: Int32, to: Int32, isOK: Bool, message: String)
        case user(isStart: Bool)
        case group(groups: String, from: Int32, to: Int32, isOK: Bool)
        case error(String)
    }

    private var fields = GatlingFields()
    private var isBroken = false
    private var hasRun = false
    private var startMs = 0.0
    private var run = GatlingRun()

    mutating func read(_ piece: ByteView, into output: inout ImportOutput) throws(ImportError) {
        if isBroken { return }
        fields.append(piece)
        while true {
            fields.beginRecord()
            guard let record = readRecord() else { break }
            take(record, into: &output)
        }
        if let problem = fields.problem {
            breakOff("\(problem): what follows cannot be read", into: &output)
        } else {
            fields.giveBack()
            fields.compact()
            if fields.waiting > ImportLimits.maxLineBytes {
                breakOff(
                    "a record longer than \(ImportLimits.maxLineBytes >> 20) MiB", into: &output)
            }
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        guard hasRun else {
            throw .refused(
                format: Self.name, reason: "the record of the run is cut or damaged",
                advice: "Copy simulation.log again.", place: ImportPlace(line: nil, offset: 0))
        }
        if !isBroken, fields.waiting > 0 { breakOff("the last record is cut", into: &output) }
        run.end(into: &output)
    }

    private mutating func breakOff(_ reason: String, into output: inout ImportOutput) {
        isBroken = true
        output.lost(reason, at: ImportPlace(line: nil, offset: fields.offset))
    }

    private mutating func take(_ record: Record, into output: inout ImportOutput) {
        func time(_ offset: Int32) -> Timestamp { Timestamp(clamping: startMs + Double(offset)) }
        switch record {
        case .run(let version, let simulation, let start, let description):
            hasRun = true
            startMs = Double(start)
            run.version = version
            run.simulation = simulation
            run.description = description
            run.start = Timestamp(milliseconds: startMs)
        case .request(let groups, let name, let from, let to, let isOK, let message):
            run.request(
                groups: groups, name: name, start: time(from), ms: Double(to) - Double(from),
                isOK: isOK, message: message, into: &output)
        case .user(let isStart): run.user(isStart: isStart)
        case .group(let groups, let from, let to, let isOK):
            run.group(
                groups, start: time(from), ms: Double(to) - Double(from), isOK: isOK,
                into: &output)
        case .error(let text): run.error(text)
        }
    }

    /// - Returns: `nil` where bytes are missing, or with a problem where they make no sense.
    private mutating func readRecord() -> Record? {
        guard let kind = fields.byte() else { return nil }
        guard hasRun == (kind != 0) else {
            return fields.fail(hasRun ? "a second run" : "the run is not the first record")
        }
        switch kind {
        case 0: return readRun()
        case 1: return readRequest()
        case 2:
            guard fields.int() != nil, let isStart = fields.bool(), fields.int() != nil else {
                return nil
            }
            return .user(isStart: isStart)
        case 3:
            guard let groups = fields.groups(), let from = fields.int(), let to = fields.int(),
                fields.int() != nil, let isOK = fields.bool()
            else { return nil }
            guard to >= from else { return fields.fail("a group that ended before it began") }
            return .group(groups: groups, from: from, to: to, isOK: isOK)
        case 4:
            guard let text = fields.knownText(), fields.int() != nil else { return nil }
            return .error(text)
        default: return fields.fail("a record of the unknown kind \(kind)")
        }
    }

    private mutating func readRequest() -> Record? {
        guard let groups = fields.groups(), let name = fields.knownText(),
            let from = fields.int(), let to = fields.int(), let isOK = fields.bool(),
            let message = fields.knownText()
        else { return nil }
        guard to >= from else { return fields.fail("a request that ended before it began") }
        return .request(
            groups: groups, name: name, from: from, to: to, isOK: isOK, message: message)
    }

    private mutating func readRun() -> Record? {
        guard let version = fields.text(), let simulation = fields.text(),
            let start = fields.long(), let description = fields.text(),
            let scenarios = fields.count()
        else { return nil }
        for _ in 0..<scenarios where fields.text() == nil { return nil }
        guard let assertions = fields.count() else { return nil }
        for _ in 0..<assertions {
            guard let length = fields.count(), fields.skip(length) else { return nil }
        }
        guard start > 0 else { return fields.fail("the run has no start") }
        return .run(
            version: version, simulation: simulation, startMs: start, description: description)
    }
}
