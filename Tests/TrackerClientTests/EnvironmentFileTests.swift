import Testing
import TrackerClient
import TrackerTestSupport

@Suite("The .env file and settings")
struct EnvironmentFileTests {
    @Test(
        "One line of each kind",
        arguments: [
            ("A=1", "1"), ("A = 1 ", "1"), ("export A=1", "1"), ("A=", ""), ("A=a b", "a b"),
            ("A=x # comment", "x"), ("A=x#y", "x#y"), ("A=\"x # y\" # z", "x # y"),
            ("A='$B \\n'", "$B \\n"), ("A=\"a\\nb\\\"c\\\\\"", "a\nb\"c\\"), ("A=$B", "$B"),
            ("A=x=y", "x=y"), ("  A=1\r", "1"), ("A=#x", ""), ("A=\"\"", ""), ("A=\"\\q\"", "\\q"),
            ("A=\t é ", "é"),
        ])
    func lines(line: String, value: String) {
        let file = EnvironmentFile(parsing: line)
        #expect(file.values == ["A": value])
        #expect(file.skippedLines == [])
    }

    @Test("Comments and blank lines are nothing; the last of two equal keys counts")
    func whole() {
        let file = EnvironmentFile(parsing: "# a\n\n \nA=1\nB='2'\r\nA=3\n")
        #expect(file.values == ["A": "3", "B": "2"])
        #expect(file.skippedLines == [])
    }

    @Test(
        "A line that is none of these is left out and told",
        arguments: ["A", "1A=2", "A-B=1", "=1", "A=\"open", "A='open", "A=\"x\" y", "A=\"x\\"])
    func badLines(line: String) {
        let file = EnvironmentFile(parsing: "OK=1\n\(line)\nALSO=2")
        #expect(file.values == ["OK": "1", "ALSO": "2"])
        #expect(file.skippedLines == [2])
    }

    @Test("A missing file has no values; a folder in its place is an error")
    func files() throws {
        let folder = try TemporaryFolder()
        #expect(try EnvironmentFile(path: folder.path + "/.env").values.isEmpty)
        #expect(throws: ClientError.self) { try EnvironmentFile(path: folder.path) }
    }

    @Test("The real environment wins over the file, even with an empty value")
    func precedence() {
        let file = EnvironmentFile(
            parsing: "LOCAL_TRACKER_USER_ID=file\nTRACKER_DATA=/d\nAPI_KEY=old\nX=1")
        let settings = Settings(file: file) { ["LOCAL_TRACKER_USER_ID": "real", "X": ""][$0] }
        #expect(settings.user == "real")
        #expect(settings.dataFolder == "/d")
        #expect(settings.apiKey == "old")
        #expect(settings["X"] == nil)
    }

    @Test("The user falls back as the old client's did")
    func user() {
        func user(_ environment: [String: String]) -> String {
            Settings(file: EnvironmentFile(parsing: "")) { environment[$0] }.user
        }
        #expect(user([:]) == "anonymous")
        #expect(user(["INFLUENCER_USER": "a"]) == "a")
        #expect(user(["INFLUENCER_USER": "a", "LOCAL_TRACKER_USER_ID": "b"]) == "b")
        #expect(user(["INFLUENCER_USER": "a", "LOCAL_TRACKER_USER_ID": ""]) == "a")
    }
}
