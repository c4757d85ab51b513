import FoundationEssentials
import Testing
import TrackerLog

/// The vectors that clients of every language read as well: `clients/conformance`.
@Suite("Conformance vectors")
struct ConformanceTests {
    @Test("ids have the directories that the vectors say, and back")
    func names() throws {
        let vectors = try load("names.json")
        for vector in vectors["names"]?.arrayValue ?? [] {
            let text = try #require(vector["id"]?.stringValue)
            let directory = try #require(vector["directory"]?.stringValue)
            #expect(try UserID(text).directoryName == directory)
            #expect(SessionID(directoryName: directory)?.value == text)
        }
        for vector in vectors["refused"]?.arrayValue ?? [] {
            let text = try #require(vector["id"]?.stringValue)
            #expect(throws: IdentifierError.self) { try UserID(text) }
        }
        for directory in vectors["ignored_directories"]?.arrayValue ?? [] {
            let name = try #require(directory.stringValue)
            #expect(UserID(directoryName: name) == nil, "\(name)")
        }
    }

    @Test("valid lines mean what the vectors say")
    func validLines() throws {
        let cases = try #require(try load("lines.json")["valid"]?.arrayValue)
        #expect(cases.count > 10)
        for vector in cases {
            let line = try bytes(of: vector)
            let expected = try #require(vector["expected"])
            let event = try EventParser.parse(line)
            #expect(event.timestamp.milliseconds == expected["ts"]?.doubleValue, "\(vector.text)")
            check(event, against: expected)
        }
    }

    @Test("invalid lines are refused for one of the reasons in the vectors")
    func invalidLines() throws {
        let cases = try #require(try load("lines.json")["invalid"]?.arrayValue)
        #expect(cases.count > 40)
        for vector in cases {
            let line = try bytes(of: vector)
            let reasons = (vector["reasons"]?.arrayValue ?? []).compactMap(\.stringValue)
            do {
                let event = try EventParser.parse(line)
                Issue.record("accepted as \(event): \(vector.text)")
            } catch {
                #expect(reasons.contains(error.rawValue), "\(vector.text)")
            }
        }
    }

    private func check(_ event: Event, against expected: JSONValue) {
        let kind = expected["kind"]?.stringValue
        switch event {
        case .sample(let sample):
            #expect(kind == "sample")
            #expect(sample.metric == expected["metric"]?.stringValue)
            #expect(sample.value == expected["value"]?.doubleValue)
            #expect(sample.unit == expected["unit"]?.stringValue)
            #expect(sample.run == expected["run"]?.stringValue)
            #expect(sample.ok == expected["ok"]?.boolValue)
            let labels = (expected["labels"]?.objectValue ?? []).map {
                Label($0.key, $0.value.stringValue ?? "")
            }
            #expect(sample.labels.sorted() == labels.sorted())
        case .distribution(let distribution):
            #expect(kind == "distribution")
            #expect(distribution.count == expected["count"]?.intValue)
            #expect(distribution.sum == expected["sum"]?.doubleValue)
        case .session: #expect(kind == "session")
        case .runStarted(let started):
            #expect(kind == "run_started")
            #expect(started.run == expected["run"]?.stringValue)
        case .runFinished(let finished):
            #expect(kind == "run_finished")
            #expect(finished.run == expected["run"]?.stringValue)
        case .edit(let edit): #expect(kind == edit.kind.event)
        }
    }

    private func load(_ name: String) throws -> JSONValue {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../clients/conformance")
        return try JSONValue(parsing: Array(Data(contentsOf: folder.appending(path: name))))
    }

    private func bytes(of vector: JSONValue) throws -> [UInt8] {
        if let text = vector["line"]?.stringValue { return Array(text.utf8) }
        let encoded = try #require(vector["base64"]?.stringValue)
        return Array(try #require(Data(base64Encoded: encoded)))
    }
}
